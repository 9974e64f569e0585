unit(model area)

unit(model area place mission roster roster_check audience resolution routing)

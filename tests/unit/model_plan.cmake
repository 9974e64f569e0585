unit(model matter)
unit(model broadcast outcome retry reach obligation notification plan record supersede release)

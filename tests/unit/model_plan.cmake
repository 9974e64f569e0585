unit(model matter)
unit(model broadcast life outcome retry reach obligation notification plan record supersede release)

unit(model area place county mission roster roster_check audience resolution routing)
unit(model endpoint gazetteer ring selector)

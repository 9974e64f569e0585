unit(flow roster_edit)

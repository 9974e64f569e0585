unit(flow casefile lane domains roster_edit backup strongbox keyring)

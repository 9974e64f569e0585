unit(flow lane domains roster_edit backup strongbox keyring)

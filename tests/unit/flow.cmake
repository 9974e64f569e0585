unit(flow roster_edit backup strongbox keyring)

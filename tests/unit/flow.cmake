unit(flow domains roster_edit backup strongbox keyring)

unit(flow casefile_cache headstart lane domains roster_edit backup strongbox keyring)

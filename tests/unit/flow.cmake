unit(flow casefile_cache lane domains roster_edit backup strongbox keyring)

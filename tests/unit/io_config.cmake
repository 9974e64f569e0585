unit(io config config_directory config_ladder config_scan)

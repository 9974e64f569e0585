unit(io config config_directory config_scan)

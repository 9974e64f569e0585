unit(wire cap cap_write cap_target cap_broadcast cap_files cap_resource)

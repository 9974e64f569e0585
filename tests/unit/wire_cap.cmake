unit(wire cap cap_write cap_target cap_broadcast cap_files cap_resource
     cap_geometry cap_name cap_element cap_codes cap_value cap_xml cap_place cap_read_info cap_message)

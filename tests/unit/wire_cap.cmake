unit(wire cap cap_broadcast)

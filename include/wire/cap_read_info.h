/*
 * cap_read_info - one <info> with its resources and areas.
 *
 * A part of cap.  Faults go to f; what is faulty is left out, and the caller looks at f before
 * using it.
 */
#pragma once
#include "wire/cap_xml.h"

struct cap_info *cap_read_info(const struct cap_node *n, enum cap_version version,
                               struct timestamp sent, struct faults *f);

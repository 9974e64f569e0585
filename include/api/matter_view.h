/*
 * matter_view - a matter with its history, as the API shows it.
 *
 * New references.  What a mission sees of its own leaves out what agents said among themselves.
 */
#pragma once
#include "model/matter.h"
#include <jansson.h>

json_t *view_matter(const struct matter *m);
json_t *view_matter_events(const GPtrArray *events /* matter_event */, bool for_mission);

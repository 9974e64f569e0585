/*
 * world_setting - what a world lives by: configuration, templates and roster.
 *
 * Immutable values, each read once a process, because thousands of worlds live by the same; the
 * caller has a reference.  world_config() is in world.h.
 */
#pragma once
#include "world.h"

struct template_set *world_templates(const struct config *c);
struct roster *world_roster(const struct world_roster *r, const struct config *c);

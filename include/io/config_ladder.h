/*
 * config_ladder - the ladder (model/ladder.h) as its data file writes it.
 *
 * ladder = ( { whom; urgency = [ … ]; threat_level_at_least; states = [ … ]; after_s; every_s;
 * times; }, … );  Faults are placed "file:line: path" and all reported.  A list without a step is
 * allowed, with a warning: nobody is told.
 */
#pragma once
#include "model/faults.h"
#include <glib.h>

/* struct ladder_step; the caller's.  NULL when f received an error. */
GArray *config_ladder_load(const char *file, struct faults *f);

/*
 * config_directory - offices, desks, partners and calendars from their libconfig files.
 *
 * Faults are placed "file:line: path" and all reported.  A directory without an always-open Command
 * Center, with two offices of one id, an unknown zone or hours that cannot be read, is refused.
 */
#pragma once
#include "model/directory.h"
#include "model/faults.h"

struct directory *config_directory_load(const char *offices, const char *desks,
                                        const char *partners, const char *calendars,
                                        struct faults *f);

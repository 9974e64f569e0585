/*
 * config_calendar - calendars and opening hours as the data files write them.
 *
 * A calendar rule is { name; rule = "fixed" | "nth-weekday" | "inauguration"; month; day; nth;
 * weekday; since; dc_area_only; } and a closure { date = "YYYY-MM-DD"; name; dc_area_only; }.  What
 * is wrong becomes faults, and the value is then not to be used.
 */
#pragma once
#include "model/directory.h"
#include "model/faults.h"
#include <libconfig.h>

/* From a group with id, rules and closures; owned by the caller. */
struct calendar *config_calendar_read(const config_setting_t *group, struct faults *f);

/* tz, hours, calendar (one of d's) and closures of an office's or desk's group; dc_area is left
 * alone. */
void config_calendar_hours(const config_setting_t *group, const struct directory *d,
                           struct hours *h, struct faults *f);

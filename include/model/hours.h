/*
 * hours - when a place is open: weekly hours in its own zone, less its calendar and extra closures.
 *
 * All arithmetic goes from UTC to local time; a local time in a gap or fold is never asked for.
 * Opening is inclusive, closing exclusive, to the minute.
 */
#pragma once
#include "model/calendar.h"
#include <stdint.h>

struct hours {
    bool always;   /* then nothing below counts */
    GTimeZone *tz; /* owned reference */
    char *tz_name; /* owned, IANA */
    /* Minutes of the local day by weekday 1..7; close 0: shut all day. */
    int open_min[8], close_min[8];
    const struct calendar *calendar; /* borrowed from the directory, NULL: none */
    struct calendar *closures;       /* owned extra closures, NULL: none */
    char *open_because;              /* owned, set by hours_parse: "open Mon-Fri 08:00-17:00" */
    bool dc_area;                    /* Inauguration Day counts */
};

void hours_clear(struct hours *h);
bool hours_zone_name_is_valid(const char *name); /* shape only; refuses right/ and posix/ */
GTimeZone *hours_zone(const char *name);         /* new reference; NULL: no such zone */

/*
 * "Mon-Fri 08:00-17:00", "Mon,Wed 09:00-12:00; Sat 10:00-24:00", "24x7"; sets open/close/always.
 * One span a day, within the day.  False with *why (static text), h untouched.
 */
bool hours_parse(struct hours *h, const char *text, const char **why);

/* Open at that instant?  *because (static or owned by h or its calendar; never NULL): "open Mon-Fri
 * 08:00-17:00", "open around the clock", "before opening time", "after closing time", "weekend",
 * "Thanksgiving Day", … */
bool hours_is_open(const struct hours *h, int64_t at_ms, const char **because);

/* The first instant after after_ms (exclusive) at which open and shut change over, or INT64_MAX
 * when there is none within ten years. */
int64_t hours_next_change(const struct hours *h, int64_t after_ms);

/* Why it changed over at such an instant: "opening time", "closing time" or a holiday's name. */
const char *hours_change_because(const struct hours *h, int64_t at_ms);

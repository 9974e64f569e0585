/*
 * notice_time - instants as people read them, in a zone and in the words of a language.
 *
 * A clock time, "08:30 CDT", is apart from its date, because digits and Latin letters must not be
 * mixed into right-to-left text.  All results belong to the caller.
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdint.h>

GTimeZone *notice_time_zone(const char *name); /* UTC where there is no such zone */
char *notice_time_date(const json_t *phrases, int64_t ms, GTimeZone *tz); /* "Mon 16 Jul 2012" */
char *notice_time_clock(int64_t ms, GTimeZone *tz);                       /* "08:30 CDT" */
char *notice_time_utc(int64_t ms); /* "2012-07-16 13:30 UTC" */
/* The clock alone where it is the same local day as now_ms, else date and clock. */
char *notice_time_moment(const json_t *phrases, int64_t ms, int64_t now_ms, GTimeZone *tz);

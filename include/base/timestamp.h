/*
 * timestamp - RFC 3339 instants, read strictly and written in one form.
 *
 * An instant keeps the offset it was written with (minutes east of UTC), because people read it;
 * comparison is always by ms.  CAP's "-00:00" is offset 0.  A missing offset is an error.
 */
#pragma once
#include <glib.h>
#include <stdint.h>

struct timestamp {
    int64_t ms;         /* since the epoch, UTC */
    int16_t offset_min; /* as written: -1439 … 1439 */
};

/*
 * "YYYY-MM-DDThh:mm:ss[.f to .fff](Z|±hh:mm)" and nothing else; 23:59:60 and 30 February are
 * refused, and so is what lies outside the years 0001 to 9999 in UTC.  Returns false and, in *why
 * (static text, not freed), what is wrong.
 */
gboolean timestamp_parse(const char *text, struct timestamp *out, const char **why);

char *timestamp_format_utc(int64_t ms);   /* "2026-11-23T14:30:00.123Z", caller frees */
char *timestamp_format_utc_s(int64_t ms); /* "2026-11-23T14:30:00Z", caller frees */

/* With its own offset (0 is Z), whole seconds; caller frees. */
char *timestamp_format(const struct timestamp *t);

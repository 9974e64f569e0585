/* Hours that are read: where they change over they do, and in between they do not. */
#include "fuzz_parts.h"
#include "model/hours.h"

#define START_MS INT64_C(1780272000000) /* June 2026; a change to standard time comes after it */
#define STEP_MS INT64_C(37 * 60000)

static void check_changes(const struct hours *h)
{
    const char *because;
    int64_t at = START_MS;

    for (int i = 0; i < 6; i++) {
        int64_t next = hours_next_change(h, at);
        bool open = hours_is_open(h, at, &because);
        g_assert(because && next > at);
        if (next == INT64_MAX)
            return;
        g_assert(hours_is_open(h, next - 1, &because) == open);
        g_assert(hours_is_open(h, next, &because) != open);
        g_assert(hours_change_because(h, next));
        for (int64_t t = at; t < next && t < at + 20 * STEP_MS; t += STEP_MS)
            g_assert(hours_is_open(h, t, &because) == open);
        at = next;
    }
}

/* "ZONE NUL HOURS" */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_input(data, size);
    g_autofree char *zone = fuzz_piece(&in), *text = fuzz_piece(&in);
    struct hours h = { .tz_name = g_strdup("America/New_York") };
    const char *why = NULL;

    if (hours_zone_name_is_valid(zone)) {
        h.tz = hours_zone(zone);
        g_assert(!strstr(zone, "..") && *zone != '/');
    }
    if (!h.tz)
        h.tz = hours_zone("America/New_York");
    if (hours_parse(&h, text, &why))
        check_changes(&h);
    else
        g_assert(why && !h.always && !h.open_because);
    hours_clear(&h);
    return 0;
}

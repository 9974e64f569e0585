/* An instant that is read is written so that it reads the same. */
#include "base/timestamp.h"
#include "fuzz_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    struct timestamp t, again;
    const char *why = NULL;

    if (!timestamp_parse(text, &t, &why)) {
        g_assert(why);
        return 0;
    }
    g_autofree char *utc = timestamp_format_utc(t.ms), *own = timestamp_format(&t);
    g_assert(timestamp_parse(utc, &again, &why) && again.ms == t.ms && again.offset_min == 0);
    g_assert(timestamp_parse(own, &again, &why) && again.offset_min == t.offset_min);
    g_assert(t.ms - again.ms >= 0 && t.ms - again.ms < 1000);
    return 0;
}

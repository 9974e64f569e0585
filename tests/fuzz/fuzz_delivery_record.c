/* A record that is read and sealed gives a line of plain ASCII that reads and seals to the same,
 * and erased of what is personal it keeps its hash. */
#include "fuzz_target.h"
#include "wire/delivery_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *line = g_strndup((const char *)data, size);
    const char *why = NULL;
    struct record *r = delivery_record_parse(line, &why);

    g_assert(r || why);
    if (!r)
        return 0;
    delivery_record_seal(r, "");
    g_autofree char *sealed = delivery_record_line(r);
    for (const char *p = sealed; *p; p++)
        g_assert(*p >= ' ' && *p <= '~');
    struct record *again = delivery_record_parse(sealed, &why);
    g_assert(again);
    g_assert_cmpstr(again->hash, ==, r->hash);
    g_autofree char *sealed2 = delivery_record_line(again);
    g_assert_cmpstr(sealed, ==, sealed2);
    bool holds = delivery_record_holds(again);
    g_assert(holds || *r->personal);
    if (delivery_record_erase(again) && holds)
        g_assert(delivery_record_holds(again));
    record_free(again);
    record_free(r);
    return 0;
}

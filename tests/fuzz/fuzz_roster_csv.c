/* What is accepted is written, accepted again, and written the same. */
#include "fuzz_roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct directory *d;

    if (!d)
        d = fuzz_directory();
    struct roster *r = fuzz_roster(data, size, d);
    if (!r)
        return 0;
    g_autofree char *m = roster_csv_write_missions(r), *p = roster_csv_write_representatives(r);
    struct roster *again = fuzz_read_two(m, strlen(m), p, strlen(p), d);
    g_assert(again);
    g_autofree char *m2 = roster_csv_write_missions(again),
                    *p2 = roster_csv_write_representatives(again);
    g_assert_cmpstr(m, ==, m2);
    g_assert_cmpstr(p, ==, p2);
    roster_unref(again);
    roster_unref(r);
    return 0;
}

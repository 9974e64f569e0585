/* Two files in one input, apart at the first line "---".  What is accepted is written, accepted
 * again, and written the same. */
#include <string.h>

#include "fuzz_target.h"
#include "wire/roster_csv.h"

static struct directory *one_office(void)
{
    struct directory *d = directory_new();
    struct office *o = g_new0(struct office, 1);

    o->id = g_strdup("chicago");
    o->name = g_strdup("Chicago");
    o->heading_city = g_strdup("Chicago");
    o->heading_state = g_strdup("IL");
    o->heading_key = g_strdup("chicago");
    o->point = (struct point){ -87.6, 41.9 };
    g_ptr_array_add(d->offices, o);
    return d;
}

static struct roster *read_two(const char *missions, size_t n_missions, const char *people,
                               size_t n_people, const struct directory *d)
{
    struct roster_csv_file m = { "missions.csv", missions, n_missions };
    struct roster_csv_file p = { "representatives.csv", people, n_people };
    struct faults *f = faults_new();
    struct roster *r = roster_csv_read(&m, &p, d, f);

    g_assert((r != NULL) == !faults_any(f));
    faults_free(f);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct directory *d;
    const char *text = (const char *)data;
    const char *cut = size ? memmem(text, size, "---\n", 4) : NULL;
    size_t first = cut ? (size_t)(cut - text) : size;
    const char *rest = cut ? cut + 4 : "";

    if (!d)
        d = one_office();
    struct roster *r = read_two(text, first, rest, cut ? size - first - 4 : 0, d);
    if (!r)
        return 0;
    g_autofree char *m = roster_csv_write_missions(r), *p = roster_csv_write_representatives(r);
    struct roster *again = read_two(m, strlen(m), p, strlen(p), d);
    g_assert(again);
    g_autofree char *m2 = roster_csv_write_missions(again),
                    *p2 = roster_csv_write_representatives(again);
    g_assert_cmpstr(m, ==, m2);
    g_assert_cmpstr(p, ==, p2);
    roster_unref(again);
    roster_unref(r);
    return 0;
}

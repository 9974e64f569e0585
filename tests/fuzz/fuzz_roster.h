/*
 * fuzz_roster - a roster out of an input that holds two files, apart at the first line "---".
 *
 * There is one office, chicago, and one partner, for everywhere.
 */
#pragma once
#include "fuzz_target.h"
#include "wire/roster_csv.h"
#include <string.h>

static inline struct directory *fuzz_directory(void)
{
    struct directory *d = directory_new();
    struct office *o = g_new0(struct office, 1);
    struct partner *p = g_new0(struct partner, 1);

    o->id = g_strdup("chicago");
    o->name = g_strdup("Chicago");
    o->heading_city = g_strdup("Chicago");
    o->heading_state = g_strdup("IL");
    o->heading_key = g_strdup("chicago");
    o->point = (struct point){ -87.6, 41.9 };
    g_ptr_array_add(d->offices, o);
    p->id = g_strdup("everywhere");
    g_ptr_array_add(d->partners, p);
    return d;
}

static inline struct roster *fuzz_read_two(const char *missions, size_t n_missions,
                                           const char *people, size_t n_people,
                                           const struct directory *d)
{
    struct roster_csv_file m = { "missions.csv", missions, n_missions };
    struct roster_csv_file p = { "representatives.csv", people, n_people };
    struct faults *f = faults_new();
    struct roster *r = roster_csv_read(&m, &p, d, f);

    g_assert((r != NULL) == !faults_any(f));
    faults_free(f);
    return r;
}

/* NULL: it is none. */
static inline struct roster *fuzz_roster(const uint8_t *data, size_t size,
                                         const struct directory *d)
{
    const char *text = (const char *)data;
    const char *cut = size ? memmem(text, size, "---\n", 4) : NULL;
    size_t first = cut ? (size_t)(cut - text) : size;
    const char *rest = cut ? cut + 4 : "";

    return fuzz_read_two(text, first, rest, cut ? size - first - 4 : 0, d);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "flow/domains.h"
#include "flow/lane.h"

#define PLACES 10

/* "a2" is the second message for a.example; its priority is its number. */
static struct lane_item *item(const char *name)
{
    struct lane_item *i = g_new0(struct lane_item, 1);
    i->notification = notification_new();
    i->notification->id = i->notification->priority =
        (uint32_t)g_ascii_strtoull(name + 1, NULL, 10);
    i->notification->endpoint = g_strdup_printf("mailto:r%s@%c.Example", name + 1, *name);
    return i;
}

static void free_items(GHashTable *items)
{
    GHashTableIter at;
    gpointer value;
    g_hash_table_iter_init(&at, items);
    while (g_hash_table_iter_next(&at, NULL, &value)) {
        notification_free(((struct lane_item *)value)->notification);
        g_free(value);
    }
    g_hash_table_unref(items);
}

/* A word a step: "a1" wants to go; "-a1" has ended quickly, "~a1" slowly, "?a1" untold; "sa1" has
 * turned slow on its way.  Answers, a word a step that says something: "+" it went, "." it is held,
 * or the released ones. */
static char *live(const char *story)
{
    GHashTable *items = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct domains *c = domains_new();
    GString *said = g_string_new(NULL);
    g_auto(GStrv) steps = g_strsplit(story, " ", -1);
    for (char **s = steps; *s; s++) {
        bool starts = !strchr("-~?s", **s) || g_ascii_isdigit((*s)[1]);
        const char *name = starts ? *s : *s + 1;
        struct lane_item *i = g_hash_table_lookup(items, name);
        if (!i)
            g_hash_table_insert(items, g_strdup(name), i = item(name));
        g_autoptr(GPtrArray) released = g_ptr_array_new();
        if (starts) {
            bool held = domains_hold(c, i, PLACES);
            g_string_append(said, held ? "." : "+");
            if (!held)
                domains_enter(c, i);
        } else if (**s == 's') {
            domains_slow(c, i);
        } else {
            domains_leave(c, i,
                          **s == '-'   ? PACE_QUICK
                          : **s == '~' ? PACE_SLOW
                                       : PACE_UNKNOWN,
                          PLACES, released);
        }
        for (guint k = 0; k < released->len; k++) {
            struct lane_item *r = g_ptr_array_index(released, k);
            g_string_append_printf(said, " %c%d", strchr(r->notification->endpoint, '@')[1],
                                   (int)r->notification->id);
            domains_enter(c, r);
        }
    }
    domains_free(c);
    free_items(items);
    return g_string_free(said, FALSE);
}

static const struct row {
    const char *name, *story, *said;
} rows[] = {
    { "two of a domain go, the third waits for one of them", "a1 a2 a3 b1", "++.+" },
    { "once it has been quick it has half of the places", "a1 a2 a3 a4 a5 a6 a7 a8 -a1",
      "++...... a3 a4 a5 a6" },
    { "the most urgent that waits is the next", "a5 a6 a9 a3 ~a5 ~a6", "++.. a3" },
    { "one that was slow has one place", "a1 a2 a3 a4 ~a1 ~a2 -a3", "++.. a3 a4" },
    { "one that turns slow on its way gets no other place", "a1 a2 sa2 a3 -a1 ~a2", "++. a3" },
    { "nor is it quick because another one is", "a1 a2 a3 -a1 sa2 a4 -a3 ~a2", "++. a3. a4" },
    { "all that are slow have half together",
      "a1 ~a1 b1 ~b1 c1 ~c1 d1 ~d1 e1 ~e1 f1 ~f1 a2 b2 c2 d2 e2 f2 g1", "+++++++++++.+" },
    { "and the next of them goes when one has ended",
      "a1 ~a1 b1 ~b1 c1 ~c1 d1 ~d1 e1 ~e1 f1 ~f1 a2 b2 c2 d2 e2 f2 ~a2", "+++++++++++. f2" },
    { "one that is quick again is one of the others", "a1 ~a1 a2 -a2 a3 a4 a5", "++++." },
    { "what tells nothing changes nothing", "a1 ~a1 a2 a3 ?a2 a4", "++. a3." },
};

static void every_story_is_told_as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *said = live(rows[i].story);
        if (!g_str_equal(said, rows[i].said))
            fail_msg("%s: %s", rows[i].name, said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_story_is_told_as_the_table_says) };
    return cmocka_run_group_tests_name("domains", tests, NULL, NULL);
}

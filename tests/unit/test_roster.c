#include "geo_world.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MID_JULY INT64_C(1342445400000) /* 2012-07-16 */

/* Missions "id:ranks id:ranks …", such as "fr:12 mx:1 de:"; rank 9 expired in June. */
static struct roster *roster_of(const char *text)
{
    struct roster *r = roster_new();
    g_auto(GStrv) parts = g_strsplit(text, " ", -1);
    const char *why;

    for (char **p = parts; *p != NULL && **p != '\0'; p++) {
        char *ranks = strchr(*p, ':');
        *ranks++ = '\0';
        assert_true(roster_add(r, world_mission(*p, "FR", "embassy", "Washington, DC", -77, 38)));
        for (; *ranks != '\0'; ranks++)
            assert_true(roster_add_representative(
                r, *p,
                world_representative((unsigned)(*ranks - '0'), "a@b.example", "",
                                     *ranks == '9' ? "2012-06-30" : ""),
                &why));
    }
    return r;
}

static char *joined(GPtrArray *ids)
{
    g_ptr_array_add(ids, NULL);
    char *text = g_strjoinv(" ", (char **)ids->pdata);
    g_ptr_array_set_size(ids, (gint)ids->len - 1);
    return text;
}

static void missions_keep_their_order_and_are_found(void **state)
{
    struct roster *r = roster_of("mx:1 fr:21 de:");
    size_t place;

    (void)state;
    assert_int_equal(roster_count(r), 3);
    assert_string_equal(roster_at(r, 0)->id, "mx");
    assert_string_equal(roster_at(r, 2)->id, "de");
    assert_ptr_equal(roster_find(r, "fr"), roster_at(r, 1));
    assert_null(roster_find(r, "FR"));
    assert_true(roster_place(r, "fr", &place));
    assert_int_equal(place, 1);
    assert_false(roster_place(r, "FR", &place));
    assert_int_equal(roster_representative_count(r), 3);
    const struct representative *first = roster_find(r, "fr")->representatives->pdata[0];
    assert_int_equal(first->rank, 1);
    assert_ptr_equal(roster_ref(r), r);
    roster_unref(r);
    assert_int_equal(roster_count(r), 3); /* one reference is left */
    roster_unref(r);
    roster_unref(NULL);
}

static void what_is_there_already_is_refused(void **state)
{
    struct roster *r = roster_of("fr:12");
    const char *why = NULL;

    (void)state;
    assert_false(roster_add(r, world_mission("fr", "FR", "embassy", "Chicago, IL", 0, 0)));
    assert_int_equal(roster_count(r), 1);
    assert_false(
        roster_add_representative(r, "fr", world_representative(2, "a@b.example", "", ""), &why));
    assert_non_null(strstr(why, "rank"));
    assert_false(
        roster_add_representative(r, "mx", world_representative(1, "a@b.example", "", ""), &why));
    assert_non_null(strstr(why, "no such mission"));
    assert_int_equal(roster_representative_count(r), 2);
    roster_unref(r);
}

static const struct change_row {
    const char *name, *before, *after, *added, *changed, *removed, *below;
} change_rows[] = {
    { "the first import adds all", NULL, "fr:12 mx:1", "fr mx", "", "", "mx" },
    { "the same again changes nothing", "fr:12 mx:1", "fr:12 mx:1", "", "", "", "" },
    { "another order changes nothing", "fr:12 mx:12", "mx:12 fr:21", "", "", "", "" },
    { "a mission comes and one goes", "fr:12 mx:12", "fr:12 de:12", "de", "", "mx", "" },
    { "a representative more is a change", "fr:12", "fr:123", "", "fr", "", "" },
    { "one less falls below two", "fr:12 mx:12", "fr:1 mx:12", "", "fr", "", "fr" },
    { "one less of three does not", "fr:123", "fr:12", "", "fr", "", "" },
    { "an expired one does not count", "fr:12", "fr:19", "", "fr", "", "fr" },
    { "what was below before has not fallen", "fr:1", "fr:2", "", "fr", "", "" },
    { "all removed", "fr:12 mx:12", "", "", "", "fr mx", "" },
};

static void changes_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(change_rows); i++) {
        const struct change_row *row = &change_rows[i];
        struct roster *before = row->before != NULL ? roster_of(row->before) : NULL;
        struct roster *after = roster_of(row->after);
        struct roster_change *c = roster_compare(before, after, MID_JULY);
        g_autofree char *added = joined(c->added);
        g_autofree char *changed = joined(c->changed);
        g_autofree char *removed = joined(c->removed);
        g_autofree char *below = joined(c->below_two);
        if (strcmp(added, row->added) != 0 || strcmp(changed, row->changed) != 0 ||
            strcmp(removed, row->removed) != 0 || strcmp(below, row->below) != 0)
            fail_msg("%s: added “%s” changed “%s” removed “%s” below “%s”", row->name, added,
                     changed, removed, below);
        roster_change_free(c);
        roster_unref(before);
        roster_unref(after);
    }
    roster_change_free(NULL);
}

static void every_column_counts_as_a_change(void **state)
{
    static const size_t columns[] = {
        offsetof(struct mission, country),     offsetof(struct mission, name),
        offsetof(struct mission, kind),        offsetof(struct mission, street),
        offsetof(struct mission, city),        offsetof(struct mission, state),
        offsetof(struct mission, zip),         offsetof(struct mission, lat_text),
        offsetof(struct mission, lon_text),    offsetof(struct mission, timezone),
        offsetof(struct mission, county_fips), offsetof(struct mission, office),
        offsetof(struct mission, origin),
    };
    struct roster *before = roster_of("fr:12");

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++) {
        struct roster *after = roster_of("fr:12");
        world_set((char **)(void *)((char *)roster_at(after, 0) + columns[i]), "other");
        struct roster_change *c = roster_compare(before, after, MID_JULY);
        if (c->changed->len != 1)
            fail_msg("column %zu", i);
        roster_change_free(c);
        roster_unref(after);
    }
    roster_unref(before);
}

static void a_tenth_may_go_unasked(void **state)
{
    static const struct row {
        guint removed;
        size_t before;
        bool drastic;
    } counts[] = { { 0, 0, false },      { 0, 10, false },    { 1, 10, false },
                   { 2, 10, true },      { 1, 1, true },      { 1, 9, true },
                   { 102, 1028, false }, { 103, 1028, true }, { 1028, 1028, true } };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_autoptr(GPtrArray) removed = g_ptr_array_new();
        g_ptr_array_set_size(removed, (gint)counts[i].removed);
        struct roster_change c = { .removed = removed };
        if (roster_change_is_drastic(&c, counts[i].before) != counts[i].drastic)
            fail_msg("%u of %zu", counts[i].removed, counts[i].before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tenth_may_go_unasked),
        cmocka_unit_test(missions_keep_their_order_and_are_found),
        cmocka_unit_test(what_is_there_already_is_refused),
        cmocka_unit_test(changes_are_told),
        cmocka_unit_test(every_column_counts_as_a_change),
    };

    return cmocka_run_group_tests_name("roster", tests, NULL, NULL);
}

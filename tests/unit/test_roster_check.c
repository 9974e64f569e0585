#include "geo_world.h"
#include "model/roster_check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MID_JULY INT64_C(1342445400000) /* 2012-07-16 */

struct world {
    struct roster *roster;
    struct directory *directory;
};

static int set_up(void **state)
{
    struct world *w = g_new(struct world, 1);

    w->roster = roster_new();
    w->directory = world_directory();
    g_ptr_array_add(w->directory->offices,
                    world_office("chicago", "Chicago, IL", -87.63, 41.88, "America/Chicago"));
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    roster_unref(w->roster);
    directory_unref(w->directory);
    g_free(w);
    return 0;
}

static struct mission *add(struct world *w, const char *id, const char *place, double lon,
                           double lat)
{
    struct mission *m = world_mission(id, "FR", "consulate", place, lon, lat);

    assert_true(roster_add(w->roster, m));
    return m;
}

static void staff(struct world *w, const char *id, unsigned rank, const char *email, const char *to)
{
    const char *why;

    assert_true(
        roster_add_representative(w->roster, id, world_representative(rank, email, "", to), &why));
}

/* "code subject; code subject" */
static void assert_findings(struct world *w, const char *want)
{
    g_autoptr(GHashTable) gone = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_add(gone, (char *)"mailto:gone@fr.example");
    g_autoptr(GPtrArray) found = roster_check(w->roster, w->directory, gone, MID_JULY, 30);
    g_autoptr(GString) got = g_string_new(NULL);

    for (guint i = 0; i < found->len; i++) {
        const struct roster_finding *f = found->pdata[i];
        g_string_append_printf(got, "%s%s %s", i > 0 ? "; " : "", f->code, f->subject);
        assert_true(f->detail[0] != '\0');
    }
    assert_string_equal(got->str, want);
}

static void a_good_mission_has_no_findings(void **state)
{
    add(*state, "fr-chicago", "Chicago, IL", -87.6, 41.9);
    staff(*state, "fr-chicago", 1, "one@fr.example", "");
    staff(*state, "fr-chicago", 2, "two@fr.example", "2012-08-16");
    assert_findings(*state, "");
}

static void an_endpoint_that_is_gone_is_a_finding(void **state)
{
    add(*state, "fr-chicago", "Chicago, IL", -87.6, 41.9);
    staff(*state, "fr-chicago", 1, "one@fr.example", "");
    staff(*state, "fr-chicago", 2, "gone@fr.example", "");
    assert_findings(*state, "endpoint-gone fr-chicago/2");
}

static void dates_and_numbers_are_checked(void **state)
{
    add(*state, "fr-chicago", "Chicago, IL", -87.6, 41.9);
    staff(*state, "fr-chicago", 1, "one@fr.example", "2012-07-15");
    staff(*state, "fr-chicago", 2, "two@fr.example", "2012-08-15");
    staff(*state, "fr-chicago", 3, "three@fr.example", "2012-07-16");
    add(*state, "mx-chicago", "Chicago, IL", -87.6, 41.9);
    assert_findings(*state, "expired fr-chicago/1; expires-soon fr-chicago/2; "
                            "expires-soon fr-chicago/3; fewer-than-two mx-chicago");
}

static void an_endpoint_of_several_missions_is_told_once(void **state)
{
    add(*state, "fr-chicago", "Chicago, IL", -87.6, 41.9);
    staff(*state, "fr-chicago", 1, "same@fr.example", "");
    staff(*state, "fr-chicago", 2, "same@fr.example", ""); /* within one mission: fine */
    add(*state, "mx-chicago", "Chicago, IL", -87.6, 41.9);
    staff(*state, "mx-chicago", 1, "both@mx.example", "");
    staff(*state, "mx-chicago", 2, "mine@mx.example", "");
    add(*state, "mx-evanston", "Chicago, IL", -87.6, 41.9);
    staff(*state, "mx-evanston", 1, "Both@MX.example", "");
    staff(*state, "mx-evanston", 2, "yours@mx.example", "");
    assert_findings(*state, "shared-endpoint both@mx.example");
}

static void offices_by_distance_alone_are_told(void **state)
{
    struct world *w = *state;
    const char *ids[] = { "near", "far", "far-but-named", "nowhere" };

    add(w, "near", "Milwaukee, WI", -87.91, 43.04);
    add(w, "far", "Fargo, ND", -96.79, 46.88);
    world_set(&add(w, "far-but-named", "Fargo, ND", -96.79, 46.88)->office, "chicago");
    add(w, "nowhere", "Fargo, ND", 0, 0)->has_point = false;
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_autofree char *one = g_strdup_printf("1@%s.example", ids[i]);
        g_autofree char *two = g_strdup_printf("2@%s.example", ids[i]);
        staff(w, ids[i], 1, one, "");
        staff(w, ids[i], 2, two, "");
    }
    assert_findings(w, "far-office far; no-office nowhere");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_mission_has_no_findings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dates_and_numbers_are_checked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_endpoint_that_is_gone_is_a_finding, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_endpoint_of_several_missions_is_told_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(offices_by_distance_alone_are_told, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("roster_check", tests, NULL, NULL);
}

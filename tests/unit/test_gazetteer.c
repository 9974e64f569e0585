#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "geo_world.h"

#include "model/gazetteer.h"

struct known {
    struct roster *roster;
    struct directory *directory;
    struct gazetteer *gazetteer;
};

static int set_up(void **state)
{
    static const struct {
        const char *id, *country, *place;
    } missions[] = {
        { "fr-portland", "FR", "Portland, OR" },  { "gb-portland", "GB", "Portland, ME" },
        { "mx-st-louis", "MX", "St. Louis, MO" }, { "fr-st-louis", "FR", "St. Louis, MO" },
        { "gr-chicago", "GR", "Chicago, IL" },    { "my-chicago", "MY", "Chicago, IL" }
    };
    struct known *k = g_new0(struct known, 1);

    k->roster = roster_new();
    k->directory = world_directory();
    for (size_t i = 0; i < G_N_ELEMENTS(missions); i++)
        assert_true(roster_add(k->roster, world_mission(missions[i].id, missions[i].country,
                                                        "consulate", missions[i].place, 0, 0)));
    g_ptr_array_add(k->directory->offices,
                    world_office("boston", "Boston, MA", -71, 42.4, "America/New_York"));
    k->gazetteer = gazetteer_new(k->roster, k->directory);
    *state = k;
    return 0;
}

static int tear_down(void **state)
{
    struct known *k = *state;

    gazetteer_free(k->gazetteer);
    directory_unref(k->directory);
    roster_unref(k->roster);
    g_free(k);
    return 0;
}

static void cities_are_known_from_missions_and_headings(void **state)
{
    static const struct row {
        const char *city, *names; /* NULL: not known */
    } rows[] = { { "Portland", "Portland, ME or Portland, OR" },
                 { "PORTLAND", "Portland, ME or Portland, OR" },
                 { "St. Louis", "St. Louis, MO" },
                 { "Boston", "Boston, MA" },
                 { "Springfield", NULL } };
    const struct known *k = *state;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *key = place_city_key(rows[i].city);
        const struct gazetteer_city *c = gazetteer_city(k->gazetteer, key);
        g_autofree char *names = c ? gazetteer_city_names(c) : NULL;
        if (g_strcmp0(names, rows[i].names) != 0)
            fail_msg("%s: %s", rows[i].city, names ? names : "unknown");
    }
    g_autofree char *portland = place_city_key("Portland");
    const struct gazetteer_city *c = gazetteer_city(k->gazetteer, portland);
    assert_true(gazetteer_city_has_state(c, "ME"));
    assert_false(gazetteer_city_has_state(c, "IL"));
}

static void what_is_close_is_suggested(void **state)
{
    static const struct row {
        bool city;
        const char *asked, *want; /* NULL: nothing is close */
    } rows[] = { { true, "Chicgo", "Chicago, IL" },
                 { true, "Portlnd", "Portland, ME or Portland, OR" },
                 { true, "Ouagadougou", NULL },
                 { false, "UK", "GB" },
                 { false, "EL", "GR" },
                 { false, "MZ", "MX, MY" },
                 { false, "ZZ", NULL },
                 { false, "Mexico", NULL } };
    const struct known *k = *state;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *key = place_city_key(rows[i].asked);
        g_autofree char *got = rows[i].city
                                   ? gazetteer_suggest_city(k->gazetteer, key)
                                   : gazetteer_suggest_country(k->gazetteer, rows[i].asked);
        if (g_strcmp0(got, rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].asked, got ? got : "nothing");
    }
}

static void countries_are_those_of_the_roster(void **state)
{
    const struct known *k = *state;

    assert_true(gazetteer_has_country(k->gazetteer, "MX"));
    assert_false(gazetteer_has_country(k->gazetteer, "mx"));
    assert_false(gazetteer_has_country(k->gazetteer, "US"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cities_are_known_from_missions_and_headings),
        cmocka_unit_test(what_is_close_is_suggested),
        cmocka_unit_test(countries_are_those_of_the_roster),
    };
    return cmocka_run_group_tests_name("gazetteer", tests, set_up, tear_down);
}

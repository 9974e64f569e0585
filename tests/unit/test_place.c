#include "model/place.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <string.h>

static const struct same_row {
    const char *name, *a, *b;
    bool same;
} same_rows[] = {
    { "letter case does not count", "CHICAGO", "chicago", true },
    { "Saint and St.", "Saint Louis", "St. Louis", true },
    { "St without a stop", "St Louis", "St. Louis", true },
    { "Saint in the middle", "Port Saint Lucie", "Port St. Lucie", true },
    { "Fort and Ft.", "Fort Lauderdale", "Ft. Lauderdale", true },
    { "Mount and Mt.", "Mount Vernon", "Mt Vernon", true },
    { "accents do not count", "San José", "San Jose", true },
    { "accents written apart", "San Jose\xcc\x81", "San José", true },
    { "apostrophes do not count", "Coeur d'Alene", "Coeur d’Alene", true },
    { "hyphens part words", "Winston-Salem", "Winston Salem", true },
    { "blanks are folded", "  New   York ", "New York", true },
    { "Hagåtña and Agana", "Hagåtña", "Agana", true },
    { "Hagatna and Hagåtña", "Hagatna", "HAGÅTÑA", true },
    { "New York City and New York", "New York City", "New York", true },
    { "Kansas City keeps its City", "Kansas City", "Kansas", false },
    { "Stanford is no saint", "Stanford", "Saint anford", false },
    { "other cities differ", "Portland", "Porterville", false },
    { "invalid bytes are no reason to fail", "Chic\xff", "Chicago", false },
};

static void keys_compare_as_people_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(same_rows); i++) {
        g_autofree char *a = place_city_key(same_rows[i].a);
        g_autofree char *b = place_city_key(same_rows[i].b);
        if ((strcmp(a, b) == 0) != same_rows[i].same)
            fail_msg("%s: “%s” and “%s”", same_rows[i].name, a, b);
    }
}

static const struct split_row {
    const char *name, *text, *city, *state;
} split_rows[] = {
    { "city and state", "Chicago, IL", "Chicago", "IL" },
    { "a bare city", "Chicago", "Chicago", NULL },
    { "D.C.", "Washington, D.C.", "Washington", "DC" },
    { "D.C. without a comma", "Washington D.C.", "Washington", "DC" },
    { "a code without a comma", "St. Louis MO", "St. Louis", "MO" },
    { "a saint", "St. Louis, MO", "St. Louis", "MO" },
    { "a territory", "Hagåtña, GU", "Hagåtña", "GU" },
    { "small letters", "chicago, il", "chicago", "IL" },
    { "the state's name", "Portland, Oregon", "Portland", "OR" },
    { "a state's name alone is a city", "Washington", "Washington", NULL },
    { "New York twice", "New York, New York", "New York", "NY" },
    { "many blanks", "  El Paso ,  TX  ", "El Paso", "TX" },
    { "a small word is no code", "Truth or", "Truth or", NULL },
    { "a state that is none", "Chicago, XX", NULL, NULL },
    { "no state after the comma", "Chicago,", NULL, NULL },
    { "no city", ", IL", NULL, NULL },
    { "nothing", "", NULL, NULL },
    { "only signs", "?!.", NULL, NULL },
    { "a ZIP code is no state", "Chicago, 60604", NULL, NULL },
};

static void cities_are_split_from_states(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(split_rows); i++) {
        const struct split_row *row = &split_rows[i];
        g_autofree char *city = NULL;
        g_autofree char *code = NULL;
        bool ok = place_split(row->text, &city, &code);
        if (ok != (row->city != NULL) || g_strcmp0(city, row->city) != 0 ||
            g_strcmp0(code, row->state) != 0)
            fail_msg("%s: “%s” became “%s” and “%s”", row->name, row->text, city, code);
    }
}

static void states_are_known_by_code_and_number(void **state)
{
    const char *const *all = place_states();

    (void)state;
    assert_int_equal(g_strv_length((char **)all), 56);
    for (size_t i = 0; all[i] != NULL; i++) {
        assert_true(place_is_state(all[i]));
        assert_true(i == 0 || strcmp(all[i - 1], all[i]) < 0);
    }
    assert_false(place_is_state("il"));
    assert_false(place_is_state(""));
    assert_string_equal(place_state_of_fips("17031"), "IL");
    assert_string_equal(place_state_of_fips("66010"), "GU");
    assert_null(place_state_of_fips("99000"));
    assert_null(place_state_of_fips("00000"));
    assert_null(place_state_of_fips("1"));
    assert_string_equal(place_state_code("Puerto Rico"), "PR");
    assert_null(place_state_code("Ontario"));
}

static void every_state_has_its_own_number(void **state)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    (void)state;
    for (int n = 0; n < 100; n++) {
        char fips[8];
        g_snprintf(fips, sizeof fips, "%02d", n);
        const char *code = place_state_of_fips(fips);
        if (code != NULL)
            assert_true(g_hash_table_add(seen, (gpointer)code));
    }
    assert_int_equal(g_hash_table_size(seen), 56);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_compare_as_people_do),
        cmocka_unit_test(cities_are_split_from_states),
        cmocka_unit_test(states_are_known_by_code_and_number),
        cmocka_unit_test(every_state_has_its_own_number),
    };

    return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}

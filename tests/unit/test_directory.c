#include "model/directory.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* Offices in an order that is not that of their ids, to see that ties do not depend on it. */
static const struct place {
    const char *id, *city, *state, *key;
    double lat, lon;
} places[] = {
    { "los-angeles-wilshire", "Los Angeles", "CA", "los angeles", 34.065645, -118.435284 },
    { "los-angeles", "Los Angeles", "CA", "los angeles", 34.065975, -118.238642 },
    { "charleston", "Charleston", "SC", "charleston", 32.852297, -79.980016 },
    { "honolulu", "Honolulu", "HI", "honolulu", 21.316548, -157.845053 },
    { "new-york", "New York", "NY", "new york", 40.85064, -73.971007 },
    { "twin-b", "Twin", "KS", "twin b", 39.0, -98.0 },
    { "twin-a", "Twin", "KS", "twin a", 39.0, -98.0 },
};

static struct directory *build(void)
{
    struct directory *d = directory_new();
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        struct office *o = g_new0(struct office, 1);
        o->id = g_strdup(places[i].id);
        o->heading_city = g_strdup(places[i].city);
        o->heading_state = g_strdup(places[i].state);
        o->heading_key = g_strdup(places[i].key);
        o->point = (struct point){ places[i].lon, places[i].lat };
        g_ptr_array_add(d->offices, o);
    }
    return d;
}

static const struct row {
    const char *name, *office, *city_key, *state;
    bool has_point;
    double lat, lon;
    const char *want, *because;
    int km; /* rounded down; -1: unknown */
} rows[] = {
    { "the roster's word goes before everything", "honolulu", "new york", "NY", true, 40.75, -73.97,
      "honolulu", "named in the roster", 7982 },
    { "an unknown office of the roster is passed over and said so", "tulsa", "new york", "NY", true,
      40.75, -73.97, "new-york", "same city (the roster's office tulsa is unknown)", 11 },
    { "same city, though the office stands in another state", "", "new york", "NY", true, 40.75,
      -73.97, "new-york", "same city", 11 },
    { "same city needs no coordinates", "", "new york", "NY", false, 0, 0, "new-york", "same city",
      -1 },
    { "of two offices of a city the nearer: downtown", "", "los angeles", "CA", true, 34.05,
      -118.25, "los-angeles", "same city", 2 },
    { "of two offices of a city the nearer: Santa Monica side", "", "los angeles", "CA", true,
      34.03, -118.47, "los-angeles-wilshire", "same city", 5 },
    { "of two offices without coordinates the first id", "", "los angeles", "CA", false, 0, 0,
      "los-angeles", "same city", -1 },
    { "the same name in another state is another city", "", "charleston", "WV", true, 38.35, -81.63,
      "charleston", "nearest office, 629 km", 629 },
    { "Guam has the office of Honolulu", "", "agana", "GU", true, 13.475, 144.75, "honolulu",
      "nearest office, 6122 km", 6122 },
    { "equally near offices are told apart by id", "", "somewhere", "KS", true, 38.0, -98.0,
      "twin-a", "nearest office, 111 km", 111 },
    { "no coordinates and no match is no guess", "", "nowhere", "KS", false, 0, 0, NULL, NULL, -1 },
};

static void every_mission_has_the_office_the_rules_say(void **state)
{
    (void)state;
    struct directory *d = build();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        print_message("  %s\n", r->name);
        struct mission m = { .office = (char *)r->office,
                             .city_key = (char *)r->city_key,
                             .state = (char *)r->state,
                             .has_point = r->has_point,
                             .point = { r->lon, r->lat } };
        g_autofree char *because = NULL;
        double km;
        const struct office *o = directory_office_of(d, &m, &because, &km);
        assert_ptr_equal(o, directory_office_of(d, &m, NULL, NULL));
        if (!r->want) {
            assert_null(o);
            assert_null(because);
        } else {
            assert_string_equal(o->id, r->want);
            assert_string_equal(because, r->because);
        }
        assert_int_equal((int)km, r->km);
    }
    directory_unref(d);
}

static const struct office *nearest_of_all(const struct directory *d, struct point p)
{
    const struct office *best = NULL;
    double best_km = 0;
    for (guint i = 0; i < d->offices->len; i++) {
        const struct office *o = d->offices->pdata[i];
        double km = area_distance_km(o->point, p);
        if (best && (km > best_km || (km >= best_km && strcmp(o->id, best->id) > 0)))
            continue;
        best = o;
        best_km = km;
    }
    return best;
}

static void of_all_offices_it_is_the_nearest_wherever_the_mission_is(void **state)
{
    (void)state;
    struct directory *d = build();
    char empty[] = "", far[] = "nowhere";
    struct mission m = { .office = empty, .city_key = far, .state = empty, .has_point = true };
    for (double lat = -90; lat <= 90; lat += 1.5)
        for (double lon = -180; lon <= 180; lon += 1.5) {
            m.point = (struct point){ lon, lat };
            const struct office *want = nearest_of_all(d, m.point);
            assert_string_equal(directory_office_of(d, &m, NULL, NULL)->id, want->id);
        }
    directory_unref(d);
}

static void things_are_found_by_id(void **state)
{
    (void)state;
    struct directory *d = build();
    struct desk *k = g_new0(struct desk, 1);
    k->id = g_strdup("pld");
    g_ptr_array_add(d->desks, k);
    g_ptr_array_add(d->calendars, calendar_new("us-federal"));
    assert_string_equal(directory_office(d, "twin-a")->id, "twin-a");
    assert_null(directory_office(d, "pld"));
    assert_ptr_equal(directory_desk(d, "pld"), k);
    assert_null(directory_desk(d, "twin-a"));
    assert_string_equal(directory_calendar(d, "us-federal")->id, "us-federal");
    assert_null(directory_calendar(d, "us"));
    assert_string_equal(d->emergency_number, "911");
    directory_unref(d);
}

static void add_partner(struct directory *d, const char *id, const char *first, const char *second)
{
    struct partner *p = g_new0(struct partner, 1);
    p->id = g_strdup(id);
    if (first) {
        p->states = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(p->states, g_strdup(first));
        g_ptr_array_add(p->states, g_strdup(second));
    }
    g_ptr_array_add(d->partners, p);
}

static void partner_of_a_state_goes_before_that_of_everywhere(void **state)
{
    (void)state;
    struct directory *d = directory_new();
    assert_null(directory_partner_for(d, "DC"));
    add_partner(d, "police", NULL, NULL);
    add_partner(d, "secret-service", "DC", "XX");
    assert_string_equal(directory_partner_for(d, "DC")->id, "secret-service");
    assert_string_equal(directory_partner_for(d, "XX")->id, "secret-service");
    assert_string_equal(directory_partner_for(d, "IL")->id, "police");
    assert_string_equal(directory_partner_for(d, "")->id, "police");
    directory_unref(d);
}

static void last_reference_frees(void **state)
{
    (void)state;
    struct directory *d = build(); /* the leak checker is the judge */
    assert_ptr_equal(directory_ref(d), d);
    directory_unref(d);
    assert_string_equal(directory_office(d, "honolulu")->id, "honolulu");
    directory_unref(d);
    directory_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mission_has_the_office_the_rules_say),
        cmocka_unit_test(of_all_offices_it_is_the_nearest_wherever_the_mission_is),
        cmocka_unit_test(things_are_found_by_id),
        cmocka_unit_test(partner_of_a_state_goes_before_that_of_everywhere),
        cmocka_unit_test(last_reference_frees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "geo_world.h"

#include "model/selector.h"

struct small_world {
    struct roster *roster;
    struct directory *directory;
};

static int set_up(void **state)
{
    struct small_world *w = g_new0(struct small_world, 1);
    static const struct {
        const char *id, *country, *kind, *place, *county;
        enum threat_level threat;
    } missions[] = {
        { "fr-chicago", "FR", "consulate-general", "Chicago, IL", "17031", THREAT_HIGH },
        { "mx-chicago", "MX", "consulate-general", "Chicago, IL", "17031 17043", THREAT_LOW },
        { "mx-dallas", "MX", "consulate", "Dallas, TX", "48113", THREAT_LOW },
        { "fr-washington", "FR", "embassy", "Washington, DC", "11001", THREAT_CRITICAL },
    };
    w->roster = roster_new();
    w->directory = world_directory();
    for (size_t i = 0; i < G_N_ELEMENTS(missions); i++) {
        struct mission *m = world_mission(missions[i].id, missions[i].country, missions[i].kind,
                                          missions[i].place, -87.6, 41.9);
        m->threat = missions[i].threat;
        world_set(&m->county_fips, missions[i].county);
        assert_true(roster_add(w->roster, m));
    }
    g_ptr_array_add(w->directory->offices,
                    world_office("chicago", "Chicago, IL", -87.6, 41.9, "America/Chicago"));
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct small_world *w = *state;

    directory_unref(w->directory);
    roster_unref(w->roster);
    g_free(w);
    return 0;
}

/* The field that is set, its values, and the missions that are meant. */
static const struct row {
    const char *name;
    size_t field; /* offset of the GPtrArray * in struct audience */
    const char *values;
    int threat; /* -1: not asked */
    const char *missions;
    const char *fault; /* code; NULL: it is good */
} rows[] = {
#define FIELD(f) offsetof(struct audience, f)
    { "missions by id", FIELD(missions), "mx-dallas|fr-chicago", -1, "fr-chicago mx-dallas", NULL },
    { "by country", FIELD(countries), "MX", -1, "mx-chicago mx-dallas", NULL },
    { "by kind", FIELD(kinds), "embassy", -1, "fr-washington", NULL },
    { "by city", FIELD(cities), "Chicago, IL", -1, "fr-chicago mx-chicago", NULL },
    { "by a city's bare name", FIELD(cities), "Dallas", -1, "mx-dallas", NULL },
    { "by state", FIELD(states), "TX|DC", -1, "mx-dallas fr-washington", NULL },
    { "by county, of which a mission may have two", FIELD(county_fips), "17043", -1, "mx-chicago",
      NULL },
    { "by all counties of a state", FIELD(county_fips), "48000", -1, "mx-dallas", NULL },
    { "by office", FIELD(offices), "chicago", -1, "fr-chicago mx-chicago mx-dallas fr-washington",
      NULL },
    { "fields are ANDed", FIELD(countries), "FR", THREAT_CRITICAL, "fr-washington", NULL },
    { "a mission nobody knows", FIELD(missions), "fr-chicgo", -1, NULL, "unknown-mission" },
    { "a country nobody knows", FIELD(countries), "UK", -1, NULL, "unknown-country" },
    { "a kind nobody knows", FIELD(kinds), "castle", -1, NULL, "unknown-kind" },
    { "a city nobody knows", FIELD(cities), "Chicgo", -1, NULL, "unknown-city" },
    { "an office nobody knows", FIELD(offices), "paris", -1, NULL, "unknown-office" },
    { "a county that is none", FIELD(county_fips), "cook", -1, NULL, "malformed-county" },
};

static char *meant(struct selector *s, const struct small_world *w)
{
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < roster_count(w->roster); i++) {
        struct selector_candidate c = { .mission = roster_at(w->roster, i),
                                        .directory = w->directory };
        g_autoptr(GString) because = g_string_new(NULL);
        if (selector_match(s, &c, because)) {
            g_string_append_printf(out, "%s%s", out->len ? " " : "", c.mission->id);
            assert_true(because->len > 0);
        }
        g_free(c.office_because);
    }
    return g_string_free(out, FALSE);
}

static void a_field_means_the_missions_that_have_it(void **state)
{
    const struct small_world *w = *state;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        struct audience *a = audience_new();
        struct faults *f = faults_new();
        *(GPtrArray **)(void *)((char *)a + r->field) = world_values(r->values, "|");
        a->threat_level_at_least = r->threat;
        struct selector *s = selector_new(a, w->roster, w->directory, "/audience", f);
        g_autofree char *got = s ? meant(s, w) : NULL;
        const struct fault *first = f->errors->len ? f->errors->pdata[0] : NULL;
        if (g_strcmp0(got, r->missions) != 0 ||
            g_strcmp0(first ? first->code : NULL, r->fault) != 0)
            fail_msg("%s: %s, %s", r->name, got ? got : "none", first ? first->detail : "no fault");
        selector_free(s);
        audience_free(a);
        faults_free(f);
    }
}

static void a_value_that_nobody_has_is_warned_of(void **state)
{
    const struct small_world *w = *state;
    struct audience *a = audience_new();
    struct faults *f = faults_new();

    a->countries = world_values("FR", "|");
    a->kinds = world_values("embassy|consulate", "|");
    struct selector *s = selector_new(a, w->roster, w->directory, "/audience", f);
    g_autofree char *got = meant(s, w);
    assert_string_equal(got, "fr-washington");
    selector_warn(s, f);
    assert_int_equal(f->warnings->len, 0); /* a consulate there is, though not of France */
    selector_free(s);
    g_ptr_array_unref(a->kinds);
    a->kinds = world_values("embassy|honorary-consulate", "|");
    s = selector_new(a, w->roster, w->directory, "/audience", f);
    g_autofree char *again = meant(s, w);
    selector_warn(s, f);
    assert_int_equal(f->warnings->len, 1);
    assert_string_equal(((struct fault *)f->warnings->pdata[0])->place, "/audience/kinds/1");
    selector_free(s);
    audience_free(a);
    faults_free(f);
}

static char *named(const struct selector *s, const struct small_world *w)
{
    g_autoptr(GArray) places = selector_named(s, w->roster);
    GString *out = g_string_new(places ? "" : "all");

    for (guint i = 0; places && i < places->len; i++)
        g_string_append_printf(out, "%s%s", i ? " " : "",
                               roster_at(w->roster, g_array_index(places, size_t, i))->id);
    return g_string_free(out, FALSE);
}

/* Another field's values learn from missions that are not meant. */
static void only_a_list_of_missions_spares_the_others(void **state)
{
    const struct small_world *w = *state;
    struct audience *a = audience_new();
    struct faults *f = faults_new();

    a->missions = world_values("fr-washington|mx-chicago|fr-washington", "|");
    a->threat_level_at_least = THREAT_HIGH;
    struct selector *s = selector_new(a, w->roster, w->directory, "/audience", f);
    g_autofree char *alone = named(s, w);
    assert_string_equal(alone, "mx-chicago fr-washington");
    selector_free(s);
    a->kinds = world_values("embassy", "|");
    s = selector_new(a, w->roster, w->directory, "/audience", f);
    g_autofree char *beside = named(s, w);
    assert_string_equal(beside, "all");
    selector_free(s);
    audience_free(a);
    a = audience_new();
    a->everyone = true;
    s = selector_new(a, w->roster, w->directory, "/audience", f);
    g_autofree char *everyone = named(s, w);
    assert_string_equal(everyone, "all");
    selector_free(s);
    audience_free(a);
    faults_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_field_means_the_missions_that_have_it),
        cmocka_unit_test(a_value_that_nobody_has_is_warned_of),
        cmocka_unit_test(only_a_list_of_missions_spares_the_others),
    };
    return cmocka_run_group_tests_name("selector", tests, set_up, tear_down);
}

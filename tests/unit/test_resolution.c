/* Reasons, duty, gaps, warnings and limits; which missions an audience means is test_routing's. */
#include "geo_world.h"
#include "model/resolution.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MONDAY_MORNING                                                                             \
    INT64_C(1342445400000)                  /* 2012-07-16T13:30:00Z: 09:30 Eastern, 08:30 Central */
#define MONDAY_NIGHT INT64_C(1342490400000) /* 2012-07-17T02:00:00Z */

struct world {
    struct roster *roster;
    struct directory *directory;
    struct audience *audience;
    struct faults *faults;
    struct resolution *result;
};

static void add(struct world *w, const char *id, const char *country, const char *kind,
                const char *place, double lon, double lat)
{
    struct mission *m = world_mission(id, country, kind, place, lon, lat);

    world_set(&m->county_fips, strstr(place, "IL") != NULL ? "17031" : "");
    assert_true(roster_add(w->roster, m));
}

static int set_up(void **state)
{
    struct world *w = g_new0(struct world, 1);

    w->roster = roster_new();
    w->directory = world_directory();
    w->audience = audience_new();
    w->faults = faults_new();
    g_ptr_array_add(w->directory->offices,
                    world_office("chicago", "Chicago, IL", -87.63, 41.88, "America/Chicago"));
    g_ptr_array_add(w->directory->offices, world_office("washington", "Washington, DC", -77.22,
                                                        38.89, "America/New_York"));
    add(w, "fr-chicago", "FR", "consulate-general", "Chicago, IL", -87.62, 41.9);
    add(w, "mx-washington", "MX", "embassy", "Washington, DC", -77.04, 38.9);
    add(w, "mx-baltimore", "MX", "consulate", "Baltimore, MD", -76.61, 39.29);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    resolution_free(w->result);
    faults_free(w->faults);
    audience_free(w->audience);
    roster_unref(w->roster);
    directory_unref(w->directory);
    g_free(w);
    return 0;
}

static void resolve(struct world *w, int64_t at_ms)
{
    w->result =
        resolution_make(w->audience, w->roster, w->directory, at_ms, "/audience", w->faults);
    if (w->result == NULL) {
        g_autofree char *text = faults_to_text(w->faults);
        fail_msg("%s", text);
    }
}

static const struct resolved_mission *resolved(const struct world *w, const char *id)
{
    for (guint i = 0; i < w->result->missions->len; i++) {
        const struct resolved_mission *m = w->result->missions->pdata[i];
        if (strcmp(m->mission->id, id) == 0)
            return m;
    }
    fail_msg("%s is not in the resolution", id);
    return NULL;
}

static bool warned(const struct world *w, const char *code, const char *words)
{
    for (guint i = 0; i < w->faults->warnings->len; i++) {
        const struct fault *f = w->faults->warnings->pdata[i];
        if (strcmp(f->code, code) == 0 && strstr(f->detail, words) != NULL)
            return true;
    }
    return false;
}

static bool refused(const struct world *w, const char *code, const char *words)
{
    for (guint i = 0; i < w->faults->errors->len; i++) {
        const struct fault *f = w->faults->errors->pdata[i];
        if (strcmp(f->code, code) == 0 && strstr(f->detail, words) != NULL)
            return true;
    }
    return false;
}

static struct area *square(double west, double south, double size)
{
    const struct point p[] = { { west, south },
                               { west + size, south },
                               { west + size, south + size },
                               { west, south + size },
                               { west, south } };
    g_autoptr(GArray) ring = g_array_new(FALSE, FALSE, sizeof(struct point));
    const GArray *rings[] = { ring };
    const char *code;
    char *why;
    size_t bad;

    g_array_append_vals(ring, p, G_N_ELEMENTS(p));
    return area_polygon(rings, 1, &code, &why, &bad);
}

static struct area *circle(double lon, double lat, double km)
{
    const char *code;
    char *why;

    return area_circle((struct point){ lon, lat }, km, &code, &why);
}

static void reasons_name_field_index_and_value(void **state)
{
    struct world *w = *state;

    w->audience->states = world_values("MD|IL", "|");
    w->audience->kinds = world_values("consulate-general", "|");
    w->audience->threat_level_at_least = THREAT_LOW;
    resolve(w, MONDAY_MORNING);
    assert_string_equal(
        resolved(w, "fr-chicago")->because,
        "kinds[0] = consulate-general; states[1] = IL; threat_level_at_least = low");
}

static void reasons_name_areas_by_their_own_count(void **state)
{
    struct world *w = *state;

    w->audience->areas = g_ptr_array_new_with_free_func((GDestroyNotify)area_free);
    g_ptr_array_add(w->audience->areas, square(-88, 41, 1));
    g_ptr_array_add(w->audience->areas, circle(0, 0, 1));
    g_ptr_array_add(w->audience->areas, circle(-77, 39, 25));
    resolve(w, MONDAY_MORNING);
    assert_string_equal(resolved(w, "fr-chicago")->because, "area: inside polygon of 4 points");
    assert_string_equal(resolved(w, "mx-washington")->because,
                        "circles[1]: inside circle of 25 km");
    assert_int_equal(w->result->missions->len, 2);
    assert_true(warned(w, "matches-nothing", "circles[0]: no mission is inside this circle of 1"));
    assert_int_equal(w->faults->warnings->len, 1);
}

static void reasons_name_the_branch(void **state)
{
    struct world *w = *state;
    struct audience *first = audience_new(), *second = audience_new();

    first->states = world_values("DC", "|");
    second->countries = world_values("MX", "|");
    second->kinds = world_values("consulate|embassy", "|");
    w->audience->any_of = g_ptr_array_new_with_free_func((GDestroyNotify)audience_free);
    g_ptr_array_add(w->audience->any_of, first);
    g_ptr_array_add(w->audience->any_of, second);
    resolve(w, MONDAY_MORNING);
    assert_string_equal(resolved(w, "mx-washington")->because, "any_of[0].states[0] = DC");
    assert_string_equal(resolved(w, "mx-baltimore")->because,
                        "any_of[1].countries[0] = MX; any_of[1].kinds[0] = consulate");
    assert_int_equal(w->faults->warnings->len, 0);
}

static void offices_and_duty_come_with_reasons(void **state)
{
    struct world *w = *state;

    w->audience->everyone = true;
    resolve(w, MONDAY_MORNING);
    assert_string_equal(resolved(w, "fr-chicago")->because, "everyone");
    assert_string_equal(resolved(w, "fr-chicago")->office->id, "chicago");
    assert_string_equal(resolved(w, "fr-chicago")->office_because, "same city");
    assert_string_equal(resolved(w, "fr-chicago")->duty.office->id, "chicago");
    assert_string_equal(resolved(w, "mx-washington")->duty.desk->id, "pld");
    assert_string_equal(resolved(w, "mx-baltimore")->duty.office->id, "washington");
    assert_non_null(strstr(resolved(w, "mx-baltimore")->office_because, "nearest office"));
}

static void at_night_the_command_center_is_on_duty(void **state)
{
    struct world *w = *state;

    w->audience->everyone = true;
    resolve(w, MONDAY_NIGHT);
    for (guint i = 0; i < w->result->missions->len; i++) {
        const struct resolved_mission *m = w->result->missions->pdata[i];
        assert_string_equal(m->duty.desk->id, "command-center");
    }
}

static void gaps_are_told(void **state)
{
    struct world *w = *state;
    const char *why;

    roster_add_representative(w->roster, "fr-chicago",
                              world_representative(1, "a@fr.example", "", "2012-06-30"), &why);
    roster_add_representative(w->roster, "fr-chicago",
                              world_representative(2, "b@fr.example", "", ""), &why);
    roster_add_representative(w->roster, "fr-chicago",
                              world_representative(3, "c@fr.example", "2012-09-01", ""), &why);
    roster_add_representative(w->roster, "fr-chicago", world_representative(4, "", "", ""), &why);
    w->audience->everyone = true;
    resolve(w, MONDAY_MORNING);
    const struct resolved_mission *m = resolved(w, "fr-chicago");
    static const char *const want[] = {
        "fewer than two valid representatives",
        "representative 1 expired 2012-06-30",
        "representative 3 begins 2012-09-01",
        "representative 4 has neither mailbox nor webhook",
    };
    assert_int_equal(m->gaps->len, G_N_ELEMENTS(want));
    for (guint i = 0; i < m->gaps->len; i++)
        assert_string_equal(m->gaps->pdata[i], want[i]);
    assert_int_equal(m->representatives->len, 1);
    assert_int_equal(((const struct representative *)m->representatives->pdata[0])->rank, 2);
    assert_string_equal(resolved(w, "mx-baltimore")->gaps->pdata[0], "no valid representative");
}

static void mistakes_come_with_what_was_meant(void **state)
{
    static const struct {
        size_t field;
        const char *value, *code, *words;
    } rows[] = {
        { offsetof(struct audience, missions), "fr-chicgo", "unknown-mission", "fr-chicago?" },
        { offsetof(struct audience, countries), "mx", "unknown-country", "MX?" },
        { offsetof(struct audience, countries), "MQ", "unknown-country", "MX?" },
        { offsetof(struct audience, kinds), "embasy", "unknown-kind", "embassy?" },
        { offsetof(struct audience, kinds), "castle", "unknown-kind", "one of embassy, consulate" },
        { offsetof(struct audience, cities), "Balitmore, MD", "unknown-city", "Baltimore, MD?" },
        { offsetof(struct audience, cities), "Chicago, TX", "unknown-city", "Chicago, IL?" },
        { offsetof(struct audience, states), "Illinois", "unknown-state", "IL?" },
        { offsetof(struct audience, offices), "washinton", "unknown-office", "washington?" },
        { offsetof(struct audience, county_fips), "1703A", "malformed-county", "five digits" },
        { offsetof(struct audience, county_fips), "17999", "unknown-county", "17999" },
    };
    struct world *w = *state;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct audience *a = audience_new();
        *(GPtrArray **)(void *)((char *)a + rows[i].field) = world_values(rows[i].value, "|");
        assert_null(
            resolution_make(a, w->roster, w->directory, MONDAY_MORNING, "/audience", w->faults));
        if (!refused(w, rows[i].code, rows[i].words)) {
            g_autofree char *text = faults_to_text(w->faults);
            fail_msg("%s: %s", rows[i].value, text);
        }
        audience_free(a);
    }
}

static void an_ambiguous_city_names_all_states(void **state)
{
    struct world *w = *state;

    add(w, "jp-washington", "JP", "consulate", "Washington, PA", -80.25, 40.17);
    w->audience->cities = world_values("Washington", "|");
    assert_null(resolution_make(w->audience, w->roster, w->directory, MONDAY_MORNING, "/audience",
                                w->faults));
    assert_true(refused(w, "ambiguous-city", "Washington, DC or Washington, PA"));
}

static void an_empty_list_is_refused(void **state)
{
    struct world *w = *state;

    w->audience->states = world_values("IL", "|");
    w->audience->cities = g_ptr_array_new();
    assert_null(resolution_make(w->audience, w->roster, w->directory, MONDAY_MORNING, "/audience",
                                w->faults));
    assert_true(refused(w, "empty-field", "cities"));
}

static void many_idle_values_are_counted(void **state)
{
    struct world *w = *state;

    w->audience->states = world_values("IL|TX|WY|ND|SD|MT|ID|UT|IL|TX", "|");
    resolve(w, MONDAY_MORNING);
    assert_int_equal(w->result->missions->len, 1);
    assert_true(warned(w, "matches-nothing", "states[1] = TX matches no mission"));
    assert_true(warned(w, "matches-nothing", "2 more values of states"));
    assert_int_equal(w->faults->warnings->len, 6);
}

static void what_cannot_be_judged_is_told(void **state)
{
    struct world *w = *state;
    struct mission *m = (struct mission *)roster_find(w->roster, "mx-baltimore");

    m->has_point = false;
    w->audience->county_fips = world_values("17031", "|");
    w->audience->areas = g_ptr_array_new_with_free_func((GDestroyNotify)area_free);
    g_ptr_array_add(w->audience->areas, square(-88, 41, 1));
    resolve(w, MONDAY_MORNING);
    assert_true(warned(w, "no-coordinates", "1 mission"));
    assert_true(warned(w, "no-county", "2 missions"));
}

static void a_mission_without_office_is_an_error(void **state)
{
    struct world *w = *state;
    struct mission *m = (struct mission *)roster_find(w->roster, "mx-baltimore");

    m->has_point = false;
    w->audience->countries = world_values("MX", "|");
    assert_null(resolution_make(w->audience, w->roster, w->directory, MONDAY_MORNING, "/audience",
                                w->faults));
    assert_true(refused(w, "no-office", "mx-baltimore"));
}

static void nesting_is_bounded(void **state)
{
    struct world *w = *state;
    struct audience *a = w->audience;

    for (int depth = 1; depth <= AUDIENCE_MAX_DEPTH; depth++) {
        a->everyone = true;
        a->except = audience_new();
        a = a->except;
    }
    a->everyone = true;
    assert_null(resolution_make(w->audience, w->roster, w->directory, MONDAY_MORNING, "/audience",
                                w->faults));
    assert_true(refused(w, "too-deep", "8"));
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(reasons_name_field_index_and_value),
        IN_WORLD(reasons_name_areas_by_their_own_count),
        IN_WORLD(reasons_name_the_branch),
        IN_WORLD(offices_and_duty_come_with_reasons),
        IN_WORLD(at_night_the_command_center_is_on_duty),
        IN_WORLD(gaps_are_told),
        IN_WORLD(mistakes_come_with_what_was_meant),
        IN_WORLD(an_ambiguous_city_names_all_states),
        IN_WORLD(an_empty_list_is_refused),
        IN_WORLD(many_idle_values_are_counted),
        IN_WORLD(what_cannot_be_judged_is_told),
        IN_WORLD(a_mission_without_office_is_an_error),
        IN_WORLD(nesting_is_bounded),
    };

    return cmocka_run_group_tests_name("resolution", tests, NULL, NULL);
}

#include "cap_case.h"

static const struct row {
    const char *name, *head, *infos, *want, *warning;
} rows[] = {
    { "a polygon", NULL, INFO(AREA(SQUARE)), "{" SQUARE_JSON "}", NULL },
    { "a circle", NULL, INFO(AREA("<circle>41.5,-87 2.5</circle>")),
      "{\"circles\":[{\"center\":[-87,41.5],\"radius_km\":2.5}]}", NULL },
    { "the same place in two languages counts once", NULL,
      INFO(AREA(SQUARE)) "<info><language>es</language>" INFO_HEAD AREA(SQUARE) "</info>",
      "{" SQUARE_JSON "}", NULL },
    { "a county", NULL, INFO(AREA(CODE("SAME", "017031"))), "{\"county_fips\":[\"17031\"]}", NULL },
    { "a whole state", NULL, INFO(AREA(CODE("SAME", "017000"))), "{\"county_fips\":[\"17000\"]}",
      NULL },
    { "a part of a county is the county, with a warning", NULL, INFO(AREA(CODE("SAME", "317031"))),
      "{\"county_fips\":[\"17031\"]}", "partial-county" },
    { "the whole country is never meant by a code", NULL, INFO(AREA(CODE("SAME", "000000"))),
      "held", NULL },
    { "nine digits are no SAME code", NULL, INFO(AREA(CODE("SAME", "020900000"))), "held", NULL },
    { "a sea is no county", NULL, INFO(AREA(CODE("SAME", "073535"))), "held", NULL },
    { "a state by its code", NULL, INFO(AREA(CODE("dss:state", "DC"))), "{\"states\":[\"DC\"]}",
      NULL },
    { "a state by its name", NULL, INFO(AREA(CODE("dss:state", "Texas"))), "{\"states\":[\"TX\"]}",
      NULL },
    { "no state", NULL, INFO(AREA(CODE("dss:state", "XX"))), "held", NULL },
    { "a city", NULL, INFO(AREA(CODE("dss:city", "Houston, TX"))), "{\"cities\":[\"Houston, TX\"]}",
      NULL },
    { "a geocode of ours that is misspelt", NULL,
      INFO(AREA(SQUARE CODE("dss:citty", "Houston, TX"))), "held", NULL },
    { "a geocode of others beside one that is understood", NULL,
      INFO(AREA(CODE("UGC", "ILZ014") CODE("SAME", "017031"))), "{\"county_fips\":[\"17031\"]}",
      "unknown-geocode" },
    { "a geocode of others alone", NULL, INFO(AREA(CODE("UGC", "ILZ014"))), "held", NULL },
    { "a geocode of others alone in one of two areas", NULL,
      INFO(AREA(SQUARE) AREA(CODE("UGC", "ILZ014"))), "held", NULL },
    { "an area of mere words beside one with a place", NULL, INFO(AREA(SQUARE) AREA("")), "held",
      NULL },
    { "kinds of places are a union", NULL,
      INFO(AREA(SQUARE CODE("SAME", "017031")) AREA(CODE("dss:city", "Houston, TX"))),
      "{\"any_of\":[{" SQUARE_JSON "},{\"county_fips\":[\"17031\"]},{\"cities\":[\"Houston, "
      "TX\"]}]}",
      NULL },
    { "a country narrows a place", NULL, INFO(PARAMETER("dss:country", "MX") AREA(SQUARE)),
      "{\"countries\":[\"MX\"]," SQUARE_JSON "}", NULL },
    { "a country narrows every kind of place", NULL,
      INFO(PARAMETER("dss:country", "mx, CA") AREA(SQUARE CODE("SAME", "017031"))),
      "{\"any_of\":[{\"countries\":[\"CA\",\"MX\"]," SQUARE_JSON
      "},{\"countries\":[\"CA\",\"MX\"],\"county_fips\":[\"17031\"]}]}",
      NULL },
    { "a country alone", NULL, INFO(PARAMETER("dss:country", "MX") AREA("")),
      "{\"countries\":[\"MX\"]}", NULL },
    { "a country does not stand in for a place that is not understood", NULL,
      INFO(PARAMETER("dss:country", "MX") AREA(CODE("UGC", "ILZ014"))), "held", NULL },
    { "a country that is none", NULL, INFO(PARAMETER("dss:country", "MEX") AREA(SQUARE)), "held",
      NULL },
    { "a country that is empty", NULL, INFO(PARAMETER("dss:country", "") AREA(SQUARE)), "held",
      NULL },
    { "a parameter of ours that is misspelt", NULL,
      INFO(PARAMETER("dss:countries", "MX") AREA(SQUARE)), "held", NULL },
    { "a country in one of two languages", NULL,
      INFO(PARAMETER("dss:country", "MX") AREA(SQUARE)) INFO(AREA(SQUARE)), "held", NULL },
    { "no area", NULL, INFO(""), "held", NULL },
    { "an empty polygon", NULL, INFO(AREA("<polygon/>")), "held", "empty-geometry" },
    { "no info", NULL, "", "held", "missing-info" },
    { "a line that crosses itself", NULL,
      INFO(AREA("<polygon>41,-88 42,-87 42,-88 41,-87 41,-88</polygon>")), "held", NULL },
    { "a line that crosses itself beside a good one", NULL,
      INFO(AREA(SQUARE "<polygon>41,-88 42,-87 42,-88 41,-87 41,-88</polygon>") AREA(SQUARE)),
      "held", NULL },
    { "a line round the pole", NULL,
      INFO(AREA("<polygon>60,-180 60,-90 60,0 60,90 60,180 60,-180</polygon>")), "held", NULL },
    { "a line that encloses nothing", NULL,
      INFO(AREA("<polygon>41,-88 42,-87 43,-86 41,-88</polygon>")), "refused: polygon-degenerate",
      NULL },
    { "latitude and longitude exchanged", NULL,
      INFO(AREA("<polygon>-88,41 -88,42 -87,42 -88,41</polygon>")),
      "{\"area\":{\"type\":\"Polygon\",\"coordinates\":[[[41,-88],[42,-88],[42,-87],[41,-88]]]}}",
      "swapped-coordinates" },

    { "addresses", PRIVATE "fr-chicago country:MX</addresses>", INFO(AREA("")),
      "{\"any_of\":[{\"missions\":[\"fr-chicago\"]},{\"countries\":[\"MX\"]}]}", NULL },
    { "addresses alone are the target", PRIVATE "fr-chicago</addresses>", INFO(AREA(SQUARE)),
      "{\"missions\":[\"fr-chicago\"]}", "place-ignored" },
    { "one address that means nothing", PRIVATE "fr-chicago x@y.example</addresses>",
      INFO(AREA("")), "held", NULL },
    { "an address of a country that is none", PRIVATE "country:MEX</addresses>", INFO(AREA("")),
      "held", NULL },
    { "addresses that are not private",
      "<status>Actual</status><msgType>Alert</msgType><scope>Public</scope>"
      "<addresses>fr-chicago</addresses>",
      INFO(AREA("")), "held", "addresses-ignored" },

    { "a cancel says only what it takes back", CANCEL, "", "none", NULL },
    { "a cancel may have an audience", CANCEL, INFO(AREA(SQUARE)), "{" SQUARE_JSON "}", NULL },
    { "a cancel is never held", CANCEL, INFO(AREA(CODE("UGC", "ILZ014"))), "none",
      "target-not-understood" },
    { "a cancel is not refused for its polygon", CANCEL,
      INFO(AREA("<polygon>41,-88 42,-87 43,-86 41,-88</polygon>")), "none",
      "target-not-understood" },
    { "an update without a place", UPDATE, INFO(""), "held", NULL },
    { "a draft goes nowhere and is not held",
      "<status>Draft</status><msgType>Alert</msgType><scope>Public</scope>", INFO(""), "none",
      NULL },
    { "an exercise needs a target",
      "<status>Exercise</status><msgType>Alert</msgType><scope>Public</scope>", INFO(""), "held",
      NULL },
};

static void test_targets(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct faults *f = faults_new();
        g_autofree char *text = alert(rows[i].head, rows[i].infos);
        g_autofree char *got = target_of(text, strlen(text), f);
        bool right = strcmp(rows[i].want, "held") == 0 ? g_str_has_prefix(got, "held: ")
                                                       : strcmp(got, rows[i].want) == 0;
        if (!right)
            fail_msg("%s: got %s, want %s", rows[i].name, got, rows[i].want);
        if (rows[i].warning && !warned(f, rows[i].warning))
            fail_msg("%s: no warning %s", rows[i].name, rows[i].warning);
        faults_free(f);
    }
}

/* As large as real alerts get; a few milliseconds each without sanitizers. */
static void check_fast(const char *name, const char *infos)
{
    struct faults *f = faults_new();
    g_autofree char *text = alert(NULL, infos);
    gint64 start = g_get_monotonic_time();
    g_autofree char *got = target_of(text, strlen(text), f);
    double seconds = (double)(g_get_monotonic_time() - start) / 1e6;

    if (!g_str_has_prefix(got, "{"))
        fail_msg("%s: %.300s", name, got);
    if (seconds > 5)
        fail_msg("%s took %.1f s", name, seconds);
    faults_free(f);
}

static void test_as_large_as_real(void **state)
{
    g_autoptr(GString) polygon =
        g_string_new("<info>" INFO_HEAD "<area><areaDesc>x</areaDesc><polygon>");
    g_autoptr(GString) areas = g_string_new(NULL);

    (void)state;
    for (int i = 0; i < 20504; i++)
        g_string_append_printf(polygon, "%.7f,%.7f ", 40 + 0.0001 * (i % 2), -100 + 0.001 * i);
    for (int i = 20503; i >= 0; i--)
        g_string_append_printf(polygon, "%.7f,%.7f ", 41 + 0.0001 * (i % 2), -100 + 0.001 * i);
    g_string_append(polygon, "40,-100</polygon></area></info>");
    check_fast("a polygon of 41,009 points", polygon->str);
    for (int language = 0; language < 8; language++) {
        g_string_append_printf(areas, "<info><language>x%c</language>" INFO_HEAD, 'a' + language);
        for (int i = 0; i < 1352; i++)
            g_string_append_printf(
                areas, "<area><areaDesc>%d</areaDesc><circle>40.%d,-100 1</circle></area>", i, i);
        g_string_append(areas, "</info>");
    }
    check_fast("1,352 areas in each of 8 languages", areas->str);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_as_large_as_real),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "model/audience.h"
#include "wire/audience_json.h"
#include "wire/broadcast_json.h"
#include "wire/cap_broadcast.h"
#include "wire/cap_codes.h"

#define GOLDEN SOURCE_DIR "/tests/golden/cap"
#define DATA SOURCE_DIR "/../shared/data"

/* An alert of the parts that matter to its target; NULL parts have a usual form. */
static char *alert(const char *head, const char *infos)
{
    return g_strdup_printf(
        "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>A</identifier>"
        "<sender>s</sender><sent>2026-11-23T09:30:00-05:00</sent>%s%s</alert>",
        head ? head : "<status>Actual</status><msgType>Alert</msgType><scope>Public</scope>",
        infos);
}

#define INFO_HEAD                                                                                  \
    "<category>Security</category><event>E</event><urgency>Expected</urgency>"                     \
    "<severity>Minor</severity><certainty>Likely</certainty>"
#define INFO(rest) "<info>" INFO_HEAD rest "</info>"
#define AREA(rest) "<area><areaDesc>x</areaDesc>" rest "</area>"
#define CODE(name, value)                                                                          \
    "<geocode><valueName>" name "</valueName><value>" value "</value></geocode>"
#define PARAMETER(name, value)                                                                     \
    "<parameter><valueName>" name "</valueName><value>" value "</value></parameter>"
#define SQUARE "<polygon>41,-88 42,-88 42,-87 41,-88</polygon>"
#define SQUARE_JSON                                                                                \
    "\"area\":{\"type\":\"Polygon\",\"coordinates\":[[[-88,41],[-88,42],[-87,42],[-88,41]]]}"
#define PRIVATE "<status>Actual</status><msgType>Alert</msgType><scope>Private</scope><addresses>"
#define CANCEL                                                                                     \
    "<status>Actual</status><msgType>Cancel</msgType><scope>Public</scope>"                        \
    "<references>s,B,2026-11-23T09:00:00-05:00</references>"
#define UPDATE                                                                                     \
    "<status>Actual</status><msgType>Update</msgType><scope>Public</scope>"                        \
    "<references>s,B,2026-11-23T09:00:00-05:00</references>"

/* The audience as JSON; "held: why"; "none"; or "refused: codes". */
static char *target_of(const char *text, size_t len, struct faults *f)
{
    struct cap_reading r = { NULL, NULL };
    struct cap_alert *a = cap_read(text, len, CAP_1_0, f);
    GString *out = g_string_new(NULL);

    if (a && cap_to_broadcast(a, &r, f)) {
        assert_true(!r.hold || !r.broadcast->audience);
        if (r.hold)
            g_string_append_printf(out, "held: %s", r.hold);
        else if (r.broadcast->audience)
            audience_json_write(out, NULL, r.broadcast->audience);
        else
            g_string_append(out, "none");
        cap_reading_clear(&r);
    } else {
        assert_true(faults_any(f));
        g_string_append_printf(out, "refused: %s", ((struct fault *)f->errors->pdata[0])->code);
    }
    cap_alert_free(a);
    return g_string_free(out, FALSE);
}

static bool warned(const struct faults *f, const char *code)
{
    for (guint i = 0; i < f->warnings->len; i++) {
        const struct fault *one = f->warnings->pdata[i];
        assert_non_null(cap_code_meaning(one->code));
        if (strcmp(one->code, code) == 0)
            return true;
    }
    return false;
}

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

/* The messages, "language|headline|description|instruction", one a line. */
static char *messages_of(const char *head, const char *infos, struct faults *f)
{
    g_autofree char *text = alert(head, infos);
    struct cap_alert *a = cap_read(text, strlen(text), CAP_1_2, f);
    struct cap_reading r;
    GString *out = g_string_new(NULL);

    assert_non_null(a);
    assert_true(cap_to_broadcast(a, &r, f));
    for (guint i = 0; i < r.broadcast->messages->len; i++) {
        const struct message *m = r.broadcast->messages->pdata[i];
        g_string_append_printf(out, "%s%s|%s|%s|%s", i ? "\n" : "", m->language, m->headline,
                               m->description, m->instruction ? m->instruction : "-");
    }
    cap_reading_clear(&r);
    cap_alert_free(a);
    return g_string_free(out, FALSE);
}

#define TEXT(language, headline, rest)                                                             \
    "<info><language>" language "</language>" INFO_HEAD "<headline>" headline "</headline>" rest   \
    "</info>"
#define HERE "<area><areaDesc>Here</areaDesc><circle>41,-87 1</circle></area>"
#define THERE "<area><areaDesc>There</areaDesc><circle>29,-95 1</circle></area>"

static const struct text_row {
    const char *name, *head, *infos, *want;
} text_rows[] = {
    { "a region is left out", NULL, TEXT("en-US", "A", HERE) TEXT("es-419", "B", HERE),
      "en|A|A|-\nes|B|B|-" },
    { "a script stays", NULL, TEXT("zh-hans-CN", "A", HERE), "zh-Hans|A|A|-" },
    { "no language is English", NULL, INFO("<headline>A</headline>" HERE), "en|A|A|-" },
    { "variants of a language stay apart", NULL, TEXT("pt-BR", "A", HERE) TEXT("pt-PT", "B", HERE),
      "pt-BR|A|A|-\npt-PT|B|B|-" },
    { "variants for other places are joined", NULL,
      TEXT("en-US", "A", HERE) TEXT("en-CA", "B", THERE),
      "en|A / B|[Here] A\nA\n\n[There] B\nB|-" },
    { "infos of one language are joined", NULL,
      TEXT("en", "A", "<description>D</description><instruction>I</instruction>" HERE)
          TEXT("en", "B", "<description>D2</description><instruction>I</instruction>" HERE),
      "en|A / B|A\nD\n\nB\nD2|I" },
    { "each place has its name", NULL,
      TEXT("en", "A", "<instruction>I</instruction>" HERE)
          TEXT("en", "A", "<instruction>J</instruction>" THERE),
      "en|A|[Here] A\nA\n\n[There] A\nA|[Here] I\n\n[There] J" },
    { "what is said twice is said once", NULL, TEXT("en", "A", HERE) TEXT("en", "A", HERE),
      "en|A|A\nA|-" },
    { "the event stands in for a headline", NULL, INFO(HERE), "en|E|E|-" },
    { "a headline is one line", NULL, TEXT("en", "A&#13;&#10;Bcc: x", HERE),
      "en|A Bcc: x|A Bcc: x|-" },
    { "a text keeps its lines and loses its controls", NULL,
      TEXT("en", "A&#x9b;31m", "<description>a&#13;&#10;b&#x9b;c&#x202e;d</description>" HERE),
      "en|A 31m|a\nbcd|-" },
    { "a blank text is none", NULL,
      TEXT("en", "A", "<description>&#xa0;</description><instruction>&#x2003;</instruction>" HERE),
      "en|A|A|-" },
    { "a note is the text of a cancel",
      "<status>Actual</status><msgType>Cancel</msgType><scope>Public</scope>"
      "<note>The alert of 14.02 was wrong. There is no threat.</note>"
      "<references>s,B,2026-11-23T09:00:00-05:00</references>",
      "", "en|The alert of 14.02 was wrong.|The alert of 14.02 was wrong. There is no threat.|-" },
    { "a cancel without a word is a cancel", CANCEL, "", "en|Cancelled|Cancelled|-" },
};

static void test_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(text_rows); i++) {
        const struct text_row *r = &text_rows[i];
        struct faults *f = faults_new();
        g_autofree char *got = messages_of(r->head, r->infos, f);
        if (strcmp(got, r->want) != 0)
            fail_msg("%s: got\n%s\nwant\n%s", r->name, got, r->want);
        faults_free(f);
    }
}

static void test_long_headline(void **state)
{
    struct faults *f = faults_new();
    g_autofree char *long_line = g_strnfill(2000, 'x');
    g_autofree char *infos =
        g_strdup_printf("<info>" INFO_HEAD "<headline>%s</headline>" HERE "</info>", long_line);
    g_autofree char *text = alert(NULL, infos);
    struct cap_alert *a = cap_read(text, strlen(text), CAP_1_2, f);
    struct cap_reading r;

    (void)state;
    assert_true(cap_to_broadcast(a, &r, f));
    const struct message *m = r.broadcast->messages->pdata[0];
    assert_int_equal(strlen(m->headline), 512);
    assert_true(g_str_has_suffix(m->headline, "x…"));
    assert_true(warned(f, "text-cut"));
    cap_reading_clear(&r);
    cap_alert_free(a);
    faults_free(f);
}

static void test_infos_that_differ(void **state)
{
    struct faults *f = faults_new();
    g_autofree char *text = alert(
        NULL, "<info><category>Met</category><event>E</event><responseType>AllClear</responseType>"
              "<urgency>Future</urgency><severity>Extreme</severity><certainty>Possible</certainty>"
              "<effective>2026-11-23T10:00:00-05:00</effective>"
              "<expires>2026-11-23T12:00:00-05:00</expires>" HERE "</info>"
              "<info><language>es</language><category>Met</category><event>E</event>"
              "<responseType>AllClear</responseType><responseType>None</responseType>"
              "<urgency>Immediate</urgency><severity>Minor</severity><certainty>Likely</certainty>"
              "<effective>2026-11-23T09:45:00-05:00</effective>"
              "<expires>2026-11-23T18:00:00-00:00</expires>" HERE "</info>");
    struct cap_alert *a = cap_read(text, strlen(text), CAP_1_2, f);
    struct cap_reading r;

    (void)state;
    assert_true(cap_to_broadcast(a, &r, f));
    g_autofree char *from = timestamp_format(&r.broadcast->effective);
    g_autofree char *to = timestamp_format(&r.broadcast->expires);
    assert_int_equal(r.broadcast->urgency, URGENCY_IMMEDIATE);
    assert_int_equal(r.broadcast->severity, SEVERITY_EXTREME);
    assert_int_equal(r.broadcast->certainty, CERTAINTY_LIKELY);
    assert_string_equal(from, "2026-11-23T09:45:00-05:00");
    assert_string_equal(to, "2026-11-23T18:00:00Z");
    assert_int_equal(r.broadcast->responses->len, 2);
    assert_string_equal(r.broadcast->responses->pdata[0], "allclear");
    assert_true(warned(f, "infos-differ"));
    cap_reading_clear(&r);
    cap_alert_free(a);
    faults_free(f);
}

/* An info that does not say when begins at once and never ends. */
static void test_infos_without_times(void **state)
{
    static const char *const infos[][2] = {
        { INFO("<effective>2026-11-23T10:00:00-05:00</effective>"
               "<expires>2026-11-23T12:00:00-05:00</expires>" HERE),
          INFO(HERE) },
        { INFO(HERE), INFO("<effective>2026-11-23T10:00:00-05:00</effective>"
                           "<expires>2026-11-23T12:00:00-05:00</expires>" HERE) },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(infos); i++) {
        struct faults *f = faults_new();
        g_autofree char *both = g_strconcat(infos[i][0], infos[i][1], NULL);
        g_autofree char *text = alert(NULL, both);
        struct cap_alert *a = cap_read(text, strlen(text), CAP_1_2, f);
        struct cap_reading r;
        assert_true(cap_to_broadcast(a, &r, f));
        assert_int_equal(r.broadcast->effective.ms, 0);
        assert_int_equal(r.broadcast->expires.ms, 0);
        assert_true(warned(f, "infos-differ"));
        cap_reading_clear(&r);
        cap_alert_free(a);
        faults_free(f);
    }
}

/* Broadcasts in JSON, and whether CAP can say their audience. */
static const struct back_row {
    const char *name, *audience;
    bool whole;
} back_rows[] = {
    { "a polygon and circles",
      "{" SQUARE_JSON ",\"circles\":[{\"center\":[-87.1,41.1],\"radius_km\":0.25}]}", true },
    { "counties", "{\"county_fips\":[\"17031\",\"17000\"]}", true },
    { "a city within a country's missions", "{\"countries\":[\"MX\"],\"cities\":[\"Houston, TX\"]}",
      true },
    { "a union of places", "{\"any_of\":[{\"county_fips\":[\"17031\"]},{\"states\":[\"TX\"]}]}",
      true },
    { "missions", "{\"missions\":[\"fr-chicago\",\"se-washington\"]}", true },
    { "countries", "{\"countries\":[\"MX\",\"CA\"]}", true },
    { "missions or countries",
      "{\"any_of\":[{\"missions\":[\"fr-chicago\"]},{\"countries\":[\"MX\"]}]}", true },
    { "everyone", "{\"everyone\":true}", false },
    { "kinds", "{\"kinds\":[\"embassy\"]}", false },
    { "kinds in a place", "{\"kinds\":[\"embassy\"],\"states\":[\"DC\"]}", false },
    { "two kinds of place at once", "{\"cities\":[\"Houston, TX\"],\"states\":[\"TX\"]}", false },
    { "an exception", "{\"states\":[\"TX\"],\"except\":{\"missions\":[\"mx-austin\"]}}", false },
    { "missions that are also in a place", "{\"missions\":[\"mx-austin\"],\"states\":[\"TX\"]}",
      false },
    { "places narrowed differently",
      "{\"any_of\":[{\"countries\":[\"MX\"],\"states\":[\"TX\"]},{\"states\":[\"CA\"]}]}", false },
    { "a polygon with a hole",
      "{\"area\":{\"type\":\"Polygon\",\"coordinates\":[[[-88,41],[-88,42],[-87,42],[-88,41]],"
      "[[-87.9,41.5],[-87.9,41.7],[-87.7,41.9],[-87.9,41.5]]]}}",
      false },
};

static void check_back(const struct back_row *row)
{
    struct faults *f = faults_new();
    g_autofree char *json = g_strdup_printf(
        "{\"identifier\":\"J\",\"sender\":\"s\",\"sent\":\"2026-11-23T09:30:00-05:00\",\"status\":"
        "\"actual\",\"type\":\"update\",\"references\":[{\"identifier\":\"I\",\"sender\":\"s\","
        "\"sent\":\"2026-11-23T14:00:00Z\"}],\"urgency\":\"immediate\",\"severity\":\"severe\","
        "\"certainty\":\"likely\",\"expires\":\"2026-11-24T09:30:00-05:00\",\"incident\":\"A B\","
        "\"response\":[\"allclear\"],\"handling\":\"notice\",\"messages\":[{\"language\":\"en\","
        "\"headline\":\"A & B\",\"description\":\"<D>\",\"instruction\":\"I\"},{\"language\":"
        "\"es\",\"headline\":\"C\",\"description\":\"D\"}],\"audience\":%s}",
        row->audience);
    struct broadcast *b = broadcast_json_read(json, strlen(json), 0, NULL, f);
    if (!b)
        fail_msg("%s: %s", row->name, faults_to_text(f));
    struct cap_alert *a = cap_from_broadcast(b);
    assert_true(a->addresses->len <= 2); /* once, however many languages there are */
    g_autofree char *text = cap_write(a), *before = NULL, *after = NULL;
    struct cap_alert *again = cap_read(text, strlen(text), CAP_1_2, f);
    struct cap_reading r;

    if (!again)
        fail_msg("%s: %s", row->name, faults_to_text(f));
    assert_true(cap_to_broadcast(again, &r, f));
    if ((r.hold == NULL) != row->whole)
        fail_msg("%s: %s", row->name, r.hold ? r.hold : "not held");
    if (!row->whole)
        g_clear_pointer(&b->audience, audience_free);
    before = broadcast_json_write(b);
    after = broadcast_json_write(r.broadcast);
    assert_string_equal(before, after);
    cap_reading_clear(&r);
    cap_alert_free(again);
    cap_alert_free(a);
    broadcast_unref(b);
    faults_free(f);
}

static void test_back_from_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(back_rows); i++)
        check_back(&back_rows[i]);
}

/* What the golden files say: every fault, then the broadcast or why it is held. */
static char *account_of(const char *text, size_t len)
{
    struct faults *f = faults_new();
    struct cap_alert *a = cap_read(text, len, CAP_1_0, f);
    struct cap_reading r = { NULL, NULL };
    bool good = a && cap_to_broadcast(a, &r, f);
    g_autofree char *said = faults_to_text(f);
    GString *out = g_string_new(said);

    g_string_append(out, !good ? "refused\n" : r.hold ? "held\n" : "accepted\n");
    if (r.hold)
        g_string_append_printf(out, "%s\n", r.hold);
    if (good) {
        g_autofree char *json = broadcast_json_write(r.broadcast);
        g_string_append_printf(out, "%s\n", json);
        cap_reading_clear(&r);
    }
    cap_alert_free(a);
    faults_free(f);
    return g_string_free(out, FALSE);
}

/* GOLDEN_WRITE=1 writes what is found, to be read before it is committed. */
static void check_golden(const char *name)
{
    g_autofree char *path = g_build_filename(GOLDEN, name, NULL), *text = NULL, *want = NULL;
    g_autofree char *expected = g_strconcat(path, ".expected", NULL);
    gsize len;

    assert_true(g_file_get_contents(path, &text, &len, NULL));
    g_autofree char *got = account_of(text, len);
    if (g_getenv("GOLDEN_WRITE"))
        assert_true(g_file_set_contents(expected, got, -1, NULL));
    if (!g_file_get_contents(expected, &want, NULL, NULL))
        fail_msg("%s has no .expected", name);
    if (strcmp(got, want) != 0)
        fail_msg("%s: got\n%s", name, got);
    const char *verdict = g_str_has_prefix(name, "bad-") ? "refused\n" : "\n{";
    if (!strstr(got, verdict))
        fail_msg("%s is not what its name says", name);
}

static void test_golden(void **state)
{
    g_autoptr(GDir) dir = g_dir_open(GOLDEN, 0, NULL);
    unsigned checked = 0;

    (void)state;
    assert_non_null(dir);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        if (g_str_has_suffix(name, ".expected"))
            continue;
        check_golden(name);
        checked++;
    }
    assert_true(checked >= 15);
}

/* What a word in the column `expect` of the collected files asks of this module: may it be
 * accepted, held, refused?  The either-way ones are decided here. */
static const struct expectation {
    const char *word;
    const char *may; /* of "ahr" */
    const char *why;
} expectations[] = {
    { "accept", "a", "" },
    { "reject", "r", "" },
    { "accept-nodispatch", "a", "status, type and expires tell the flow to send nothing" },
    { "accept-sanitized", "a", "headline and text are cleaned, see text_rows" },
    { "accept-escaped", "a", "whoever prints it escapes it" },
    { "accept-ignore", "ah", "an empty polygon is ignored; where nothing is left it is held" },
    { "accept-no-fetch", "a", "URIs are text here" },
    { "accept-warn", "a", "swapped-coordinates" },
    { "accept-or-hold", "ah", "SAME beside other codes is accepted; no area is held" },
    { "hold-or-reject", "h", "a polygon that crosses itself is held" },
    { "reject-duplicate", "a", "the store knows what was there before" },
    { "accept-or-flag", "a", "another sent is another alert" },
    { "accept-or-reject", "hr", "a pole is held; a leap second is refused" },
    { "reject-or-lenient", "a", "order and Z are warnings: real senders do both" },
    { "reject-or-close", "r", "a ring is not closed by guessing" },
    { "reject-or-truncate", "r", "a text of 3 MB is refused" },
    { "reject-or-bounded", "r", "20,000 references are refused" },
    { "reject-or-415", "r", "the API answers 415 before it comes here" },
    { "accept-or-415", "a", "UTF-16 with its mark is read" },
};

/* Public files that validate by the schema and that we judge invalid. */
static const char *const judged_invalid[][2] = {
    { "google-canada_errors.cap",
      "an Update with empty <references>: CAP 1.2, 3.2.1 has it update the messages named there" },
};

static const char *allowed(const char *file, const char *expect)
{
    for (size_t i = 0; i < G_N_ELEMENTS(judged_invalid); i++)
        if (strcmp(judged_invalid[i][0], file) == 0)
            return "r";
    if (*expect == '\0')
        return "ah"; /* public: accepted, and held where its places are none of ours */
    for (size_t i = 0; i < G_N_ELEMENTS(expectations); i++)
        if (strcmp(expectations[i].word, expect) == 0)
            return expectations[i].may;
    fail_msg("%s: what does “%s” expect?", file, expect);
    return "";
}

static void check_collected(const char *file, const char *expect)
{
    g_autofree char *path = g_build_filename(DATA, "cap", file, NULL), *text = NULL;
    gsize len;
    struct faults *f = faults_new();

    assert_true(g_file_get_contents(path, &text, &len, NULL));
    g_autofree char *got = target_of(text, len, f);
    char verdict = g_str_has_prefix(got, "held")      ? 'h'
                   : g_str_has_prefix(got, "refused") ? 'r'
                                                      : 'a';
    if (!strchr(allowed(file, expect), verdict))
        fail_msg("%s: expected %s, got %s", file, expect, got);
    if (strcmp(expect, "accept-warn") == 0)
        assert_true(f->warnings->len > 0);
    faults_free(f);
}

/* The last but one field of a line of the index; fields before it may be quoted, itself is not. */
static char *expect_of(const char *line)
{
    g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) field = g_string_new(NULL);
    bool quoted = false;

    for (const char *p = line; *p; p++) {
        if (*p == '"') {
            quoted = !quoted;
        } else if (*p == ',' && !quoted) {
            g_ptr_array_add(fields, g_strdup(field->str));
            g_string_truncate(field, 0);
        } else {
            g_string_append_c(field, *p);
        }
    }
    return g_strdup(fields->pdata[fields->len - 1]);
}

static void test_collected(void **state)
{
    g_autofree char *index = NULL;

    (void)state;
    if (!g_file_get_contents(DATA "/cap/index.csv", &index, NULL, NULL)) {
        print_message("skipped: the collected CAP files are not here\n");
        skip();
    }
    g_auto(GStrv) lines = g_strsplit_set(index, "\r\n", -1);
    for (char **line = lines + 1; *line; line++) {
        if (**line == '\0')
            continue;
        g_autofree char *file = g_strndup(*line, strcspn(*line, ",")), *expect = expect_of(*line);
        check_collected(file, expect);
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
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_long_headline),
        cmocka_unit_test(test_infos_that_differ),
        cmocka_unit_test(test_infos_without_times),
        cmocka_unit_test(test_back_from_json),
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_collected),
        cmocka_unit_test(test_as_large_as_real),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "cap_case.h"

/* The messages, "language|headline|description|instruction[@place: target]", one a line. */
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
        if (m->place)
            g_string_append_printf(out, "@%s", m->place);
        if (r.scopes && g_ptr_array_index(r.scopes, i)) {
            g_autoptr(GString) scope = g_string_new(NULL);
            audience_json_write(scope, NULL, g_ptr_array_index(r.scopes, i));
            g_string_append_printf(out, ": %s", scope->str);
        }
    }
    cap_reading_clear(&r);
    cap_alert_free(a);
    return g_string_free(out, FALSE);
}

#define HERE_MEMBER "\"circles\":[{\"center\":[-87,41],\"radius_km\":1}]"
#define THERE_MEMBER "\"circles\":[{\"center\":[-95,29],\"radius_km\":1}]"
#define HERE_JSON "{" HERE_MEMBER "}"
#define THERE_JSON "{" THERE_MEMBER "}"
#define CODE_AREA AREA(CODE("UGC", "ILZ014"))
#define TEXT(language, headline, rest)                                                             \
    "<info><language>" language "</language>" INFO_HEAD "<headline>" headline "</headline>" rest   \
    "</info>"
static const struct text_row {
    const char *name, *head, *infos, *want;
} text_rows[] = {
    { "a region is left out", NULL, TEXT("en-US", "A", HERE) TEXT("es-419", "B", HERE),
      "en|A|A|-\nes|B|B|-" },
    { "a script stays", NULL, TEXT("zh-hans-CN", "A", HERE), "zh-Hans|A|A|-" },
    { "no language is English", NULL, INFO("<headline>A</headline>" HERE), "en|A|A|-" },
    { "variants of a language stay apart", NULL, TEXT("pt-BR", "A", HERE) TEXT("pt-PT", "B", HERE),
      "pt-BR|A|A|-\npt-PT|B|B|-" },
    { "variants for other places are for those places", NULL,
      TEXT("en-US", "A", HERE) TEXT("en-CA", "B", THERE),
      "en|A|A|-@Here: " HERE_JSON "\nen|B|B|-@There: " THERE_JSON },
    { "infos of one language are joined", NULL,
      TEXT("en", "A", "<description>D</description><instruction>I</instruction>" HERE)
          TEXT("en", "B", "<description>D2</description><instruction>I</instruction>" HERE),
      "en|A / B|A\nD\n\nB\nD2|I" },
    { "each place has its text", NULL,
      TEXT("en", "A", "<instruction>I</instruction>" HERE)
          TEXT("en", "A", "<instruction>J</instruction>" THERE),
      "en|A|A|I@Here: " HERE_JSON "\nen|A|A|J@There: " THERE_JSON },
    { "infos of one place are one text of it", NULL,
      TEXT("en", "A", HERE) TEXT("en", "B", THERE) TEXT("en", "C", HERE),
      "en|A / C|A\nA\n\nC\nC|-@Here: " HERE_JSON "\nen|B|B|-@There: " THERE_JSON },
    { "a language for one place only", NULL, TEXT("en", "A", HERE) TEXT("es", "B", THERE),
      "en|A|A|-@Here: " HERE_JSON "\nes|B|B|-@There: " THERE_JSON },
    { "a text without a place is for everybody", NULL, TEXT("en", "A", HERE) TEXT("en", "B", ""),
      "en|A|A|-@Here: " HERE_JSON "\nen|B|B|-" },
    { "countries narrow each text as they do the whole", NULL,
      TEXT("en", "A", PARAMETER("dss:country", "MX") HERE)
          TEXT("en", "B", PARAMETER("dss:country", "MX") THERE),
      "en|A|A|-@Here: {\"countries\":[\"MX\"]," HERE_MEMBER "}\nen|B|B|-@There: "
      "{\"countries\":[\"MX\"]," THERE_MEMBER "}" },
    { "what is held has one text for everybody, headed by its places", NULL,
      TEXT("en", "A", HERE CODE_AREA) TEXT("en", "B", THERE),
      "en|A / B|[Here; x] A\nA\n\n[There] B\nB|-" },
    { "so has what has addressees", PRIVATE "fr-chicago</addresses>",
      TEXT("en", "A", HERE) TEXT("en", "B", THERE), "en|A / B|[Here] A\nA\n\n[There] B\nB|-" },
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),          cmocka_unit_test(test_long_headline),
        cmocka_unit_test(test_infos_that_differ), cmocka_unit_test(test_infos_without_times),
        cmocka_unit_test(test_back_from_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

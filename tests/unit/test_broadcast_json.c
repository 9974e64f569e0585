#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "model/area.h"
#include "model/audience.h"
#include "rows.h"
#include "wire/broadcast_json.h"

#define NOW_MS INT64_C(1795444200000) /* 2026-11-23T14:30:00Z */

static const char base_text[] =
    "{\"identifier\":\"PLD-2026-0117\",\"sender\":\"pld-duty@dss.example\","
    "\"sent\":\"2026-11-23T09:30:00-05:00\",\"status\":\"actual\",\"type\":\"alert\","
    "\"urgency\":\"immediate\",\"severity\":\"severe\",\"certainty\":\"likely\","
    "\"handling\":\"full\",\"messages\":[{\"language\":\"en\",\"headline\":\"H\",\"description\":"
    "\"D\"}],"
    "\"audience\":{\"cities\":[\"Chicago, IL\"]}}";

#define REFERENCES                                                                                 \
    "\"references\":[{\"identifier\":\"a\",\"sender\":\"b\",\"sent\":\"2026-11-22T00:00:00Z\"}]"

/* The base with changes laid over it (a change to the string "-" takes the member away). */
static char *changed(const char *changes)
{
    json_t *base = json_loads(base_text, 0, NULL);
    json_t *over = json_loads(changes, 0, NULL);
    const char *name;
    json_t *value;

    assert_non_null(base);
    assert_non_null(over);
    json_object_foreach(over, name, value)
    {
        if (json_is_string(value) && strcmp(json_string_value(value), "-") == 0)
            json_object_del(base, name);
        else
            json_object_set(base, name, value);
    }
    char *dumped = json_dumps(base, JSON_COMPACT);
    char *text = g_strdup(dumped);
    free(dumped);
    json_decref(base);
    json_decref(over);
    return text;
}

static struct broadcast *read_changed(const char *changes, struct faults *f)
{
    g_autofree char *text = changed(changes);

    return broadcast_json_read(text, strlen(text), NOW_MS, NULL, f);
}

static struct broadcast *read_good(const char *changes)
{
    struct faults *f = faults_new();
    struct broadcast *b = read_changed(changes, f);

    if (!b) {
        g_autofree char *said = faults_to_text(f);
        fail_msg("%s", said);
    }
    faults_free(f);
    return b;
}

static const struct row {
    const char *name, *changes, *want; /* faults as "place code", one a line */
} rows[] = {
    { "the example of the design is good", "{}", "" },
    { "every optional member is good",
      "{\"references\":[],\"effective\":\"2026-11-23T15:00:00Z\",\"expires\":\"2026-11-24T15:00:"
      "00Z\","
      "\"incident\":\"I-1\",\"response\":[\"monitor\"],\"handling\":\"notice\",\"expect_missions\":"
      "61}",
      "" },
    { "each missing member is named at once",
      "{\"identifier\":\"-\",\"sent\":\"-\",\"status\":\"-\",\"messages\":\"-\",\"audience\":\"-"
      "\"}",
      "/identifier missing-member\n/sent missing-member\n/status missing-member\n"
      "/messages missing-member\n/audience missing-member" },
    { "an unknown member is refused", "{\"audiance\":1}", "/audiance unknown-member" },
    { "an unknown status is refused", "{\"status\":\"Actual\"}", "/status not-one-of" },
    { "a blank in an identifier is refused", "{\"identifier\":\"a b\"}",
      "/identifier bad-identifier" },
    { "a comma in a sender is refused", "{\"sender\":\"a,b\"}", "/sender bad-identifier" },
    { "markup in an identifier is refused", "{\"identifier\":\"<a\"}",
      "/identifier bad-identifier" },
    { "an ampersand in an identifier is refused", "{\"identifier\":\"a&b\"}",
      "/identifier bad-identifier" },
    { "an empty identifier is refused", "{\"identifier\":\"\"}", "/identifier empty" },
    { "a time without its offset is refused", "{\"sent\":\"2026-11-23T09:30:00\"}",
      "/sent bad-time" },
    { "an end before the sending is refused", "{\"expires\":\"2026-11-23T14:30:00Z\"}",
      "/expires end-before-begin" },
    { "an end before the beginning is refused",
      "{\"effective\":\"2026-11-25T00:00:00Z\",\"expires\":\"2026-11-24T00:00:00Z\"}",
      "/expires end-before-begin" },
    { "what has expired is refused",
      "{\"sent\":\"2026-11-23T09:00:00-05:00\",\"expires\":\"2026-11-23T09:30:00-05:00\"}",
      "/expires expired" },
    { "an alert that refers to something is refused",
      "{\"references\":[{\"identifier\":\"a\",\"sender\":\"b\",\"sent\":\"2026-11-22T00:00:00Z\"}]"
      "}",
      "/references not-allowed" },
    { "an update names what it updates", "{\"type\":\"update\"}", "/references missing-member" },
    { "a cancel with empty references is refused",
      "{\"type\":\"cancel\",\"references\":[],\"audience\":\"-\"}", "/references empty" },
    { "a reference is a whole triple",
      "{\"type\":\"cancel\",\"audience\":\"-\",\"references\":[{\"identifier\":\"a\"}]}",
      "/references/0/sender missing-member\n/references/0/sent missing-member" },
    { "a cancel has no audience", "{\"type\":\"cancel\",\"audience\":\"-\"," REFERENCES "}", "" },
    { "a cancel with an audience of its own is refused", "{\"type\":\"cancel\"," REFERENCES "}",
      "/audience not-allowed" },
    { "a cancel with an audience that says nothing is refused as well",
      "{\"type\":\"cancel\",\"audience\":null," REFERENCES "}", "/audience not-allowed" },
    { "an update has an audience", "{\"type\":\"update\",\"audience\":\"-\"," REFERENCES "}",
      "/audience missing-member" },
    { "a receipt needs no audience", "{\"type\":\"ack\",\"audience\":\"-\"," REFERENCES "}", "" },
    { "a broadcast does not refer to itself, however its time is written",
      "{\"type\":\"update\",\"references\":[{\"identifier\":\"PLD-2026-0117\","
      "\"sender\":\"pld-duty@dss.example\",\"sent\":\"2026-11-23T14:30:00Z\"}]}",
      "/references/0 not-allowed" },
    { "no message is refused", "{\"messages\":[]}", "/messages empty" },
    { "a message without headline is refused",
      "{\"messages\":[{\"language\":\"en\",\"description\":\"D\"}]}",
      "/messages/0/headline missing-member" },
    { "a headline is one line",
      "{\"messages\":[{\"language\":\"en\",\"headline\":\"a\\nBcc: x\",\"description\":\"D\"}]}",
      "/messages/0/headline control-character" },
    { "a language has the shape of a tag",
      "{\"messages\":[{\"language\":\"english\",\"headline\":\"H\",\"description\":\"D\"}]}",
      "/messages/0/language bad-language" },
    { "two messages of one language are refused, whatever the case",
      "{\"messages\":[{\"language\":\"es-MX\",\"headline\":\"H\",\"description\":\"D\"},"
      "{\"language\":\"ES-mx\",\"headline\":\"H\",\"description\":\"D\"}]}",
      "/messages/1/language duplicate-language" },
    { "a response that is none is refused", "{\"response\":[\"run\"]}", "/response/0 not-one-of" },
    { "an expected number is a number", "{\"expect_missions\":\"61\"}",
      "/expect_missions wrong-type" },
    { "an expected number is not negative", "{\"expect_missions\":-1}",
      "/expect_missions out-of-range" },

    { "an empty audience is refused", "{\"audience\":{}}", "/audience empty-audience" },
    { "null is no audience", "{\"audience\":null}", "/audience wrong-type" },
    { "a word is no audience", "{\"audience\":\"everyone\"}", "/audience wrong-type" },
    { "everyone is said with true", "{\"audience\":{\"everyone\":true}}", "" },
    { "everyone false is refused", "{\"audience\":{\"everyone\":false}}",
      "/audience/everyone not-one-of" },
    { "everyone in quotes is refused", "{\"audience\":{\"everyone\":\"true\"}}",
      "/audience/everyone wrong-type" },
    { "everyone with a field is refused",
      "{\"audience\":{\"everyone\":true,\"cities\":[\"Chicago, IL\"]}}", "/audience not-allowed" },
    { "any_of with a field is refused",
      "{\"audience\":{\"any_of\":[{\"states\":[\"TX\"]}],\"kinds\":[\"embassy\"]}}",
      "/audience not-allowed" },
    { "an empty list names its field", "{\"audience\":{\"cities\":[]}}", "/audience/cities empty" },
    { "an empty value names its place", "{\"audience\":{\"cities\":[\"Chicago, IL\",\"\"]}}",
      "/audience/cities/1 empty" },
    { "an empty alternative is refused", "{\"audience\":{\"any_of\":[{}]}}",
      "/audience/any_of/0 empty-audience" },
    { "except alone says nobody", "{\"audience\":{\"except\":{\"states\":[\"TX\"]}}}",
      "/audience empty-audience" },
    { "except stands beside everyone",
      "{\"audience\":{\"everyone\":true,\"except\":{\"states\":[\"TX\"]}}}", "" },
    { "an empty except is refused", "{\"audience\":{\"everyone\":true,\"except\":{}}}",
      "/audience/except empty-audience" },
    { "a misspelt field is refused, not read over",
      "{\"audience\":{\"cities\":[\"Chicago, IL\"],\"citys\":[]}}",
      "/audience/citys unknown-member" },
    { "a threat level that is none is refused",
      "{\"audience\":{\"threat_level_at_least\":\"hihg\"}}",
      "/audience/threat_level_at_least not-one-of" },
    { "an area that is null is refused", "{\"audience\":{\"area\":null}}",
      "/audience/area wrong-type" },
    { "a point is no area", "{\"audience\":{\"area\":{\"type\":\"Point\",\"coordinates\":[0,0]}}}",
      "/audience/area/type not-one-of" },
    { "a geometry has no other members",
      "{\"audience\":{\"area\":{\"type\":\"Polygon\",\"bbox\":[0,0,1,1],"
      "\"coordinates\":[[[0,0],[1,0],[1,1],[0,0]]]}}}",
      "/audience/area/bbox unknown-member" },
    { "an open ring is refused in its place",
      "{\"audience\":{\"area\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,1]]]}}"
      "}",
      "/audience/area/coordinates/0 bad-geometry" },
    { "a polygon that crosses itself is refused",
      "{\"audience\":{\"area\":{\"type\":\"MultiPolygon\",\"coordinates\":"
      "[[[[0,0],[1,1],[1,0],[0,1],[0,0]]]]}}}",
      "/audience/area/coordinates/0/0 bad-geometry" },
    { "a position has two or three numbers",
      "{\"audience\":{\"area\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1],[1,1],[0,0]]]}}}",
      "/audience/area/coordinates/0/1 bad-geometry" },
    { "an altitude is read over",
      "{\"audience\":{\"area\":{\"type\":\"Polygon\",\"coordinates\":[[[0,0,5],[1,0,5],[1,1,5],[0,"
      "0,5]]]}}}",
      "" },
    { "no ring is refused", "{\"audience\":{\"area\":{\"type\":\"Polygon\",\"coordinates\":[]}}}",
      "/audience/area/coordinates empty" },
    { "a circle has a center and a radius", "{\"audience\":{\"circles\":[{}]}}",
      "/audience/circles/0/center missing-member\n/audience/circles/0/radius_km missing-member" },
    { "a circle off the globe is refused",
      "{\"audience\":{\"circles\":[{\"center\":[-74,95],\"radius_km\":1}]}}",
      "/audience/circles/0 bad-circle" },
    { "no circles are refused", "{\"audience\":{\"circles\":[]}}", "/audience/circles empty" },
    { "a faulty circle does not hide behind a good field",
      "{\"audience\":{\"cities\":[\"Chicago, "
      "IL\"],\"circles\":[{\"center\":[-74,40],\"radius_km\":-1}]}}",
      "/audience/circles/0 bad-circle" },
};

static void row_holds(void **state)
{
    const struct row *row = *state;
    struct faults *f = faults_new();
    struct broadcast *b = read_changed(row->changes, f);
    g_autoptr(GString) got = g_string_new(NULL);

    for (guint i = 0; i < f->errors->len; i++) {
        const struct fault *one = g_ptr_array_index(f->errors, i);
        g_string_append_printf(got, "%s%s %s", i ? "\n" : "", one->place, one->code);
    }
    assert_string_equal(got->str, row->want);
    assert_int_equal(b != NULL, *row->want == '\0');
    broadcast_unref(b);
    faults_free(f);
}

static void what_was_read_is_what_was_written(void **state)
{
    (void)state;
    struct broadcast *b = read_good("{}");
    g_autofree char *text = broadcast_json_write(b);

    assert_string_equal(text, base_text);
    broadcast_unref(b);
}

static void every_member_survives_writing(void **state)
{
    (void)state;
    static const char changes[] =
        "{\"type\":\"update\",\"references\":[{\"identifier\":\"a\",\"sender\":\"b\","
        "\"sent\":\"2026-11-22T00:00:00.250-05:00\"}],\"effective\":\"2026-11-23T15:00:00Z\","
        "\"expires\":\"2026-11-24T20:30:00+05:30\",\"incident\":\"I-1\",\"response\":[\"monitor\"],"
        "\"handling\":\"notice\",\"messages\":[{\"language\":\"ar\",\"headline\":\"\xD8\xAA\","
        "\"description\":\"a\\nb\",\"instruction\":\"c\"}],\"audience\":{\"any_of\":[{\"missions\":"
        "[\"fr-chicago\"],\"countries\":[\"MX\"],\"kinds\":[\"embassy\"],\"cities\":[\"x\"],"
        "\"states\":"
        "[\"TX\"],\"offices\":[\"honolulu\"],\"threat_level_at_least\":\"high\",\"county_fips\":"
        "[\"17031\"]},{\"area\":{\"type\":\"MultiPolygon\",\"coordinates\":[[[[-87.7,41.8],[-87.6,"
        "41.8],"
        "[-87.6,41.95],[-87.7,41.8]]],[[[10.1,0],[11,0],[11,1],[10.1,0]]]]},\"circles\":[{"
        "\"center\":"
        "[-73.97,40.75],\"radius_km\":2.5}]}],\"except\":{\"states\":[\"GU\"]}}}";
    struct broadcast *b = read_good(changes);
    g_autofree char *text = broadcast_json_write(b);
    json_t *want = json_loads(changes, 0, NULL), *got = json_loads(text, 0, NULL), *value;
    const char *name;

    json_object_foreach(want, name, value)
        assert_true(json_equal(value, json_object_get(got, name)));
    assert_non_null(strstr(text, "[-73.97,40.75]")); /* as short as it was */
    json_decref(want);
    json_decref(got);
    broadcast_unref(b);
}

static void a_cancel_survives_writing(void **state)
{
    (void)state;
    struct faults *f = faults_new();
    struct broadcast *b = read_good("{\"type\":\"update\"," REFERENCES "}");
    b->type = TYPE_CANCEL; /* as one from CAP, whose cancels name areas */
    g_autofree char *text = broadcast_json_write(b);
    struct broadcast *again = broadcast_json_read(text, strlen(text), 0, NULL, f);

    assert_non_null(again);
    assert_null(again->audience);
    g_autofree char *other = broadcast_json_write(again);
    assert_string_equal(text, other);
    broadcast_unref(b);
    broadcast_unref(again);
    faults_free(f);
}

static char *digest_of(const char *changes)
{
    struct broadcast *b = read_good(changes);
    char *digest = broadcast_json_digest(b);

    broadcast_unref(b);
    return digest;
}

static void equal_content_has_an_equal_digest(void **state)
{
    (void)state;
    g_autofree char *one = digest_of("{}");
    g_autofree char *in_utc = digest_of("{\"sent\":\"2026-11-23T14:30:00Z\"}");
    g_autofree char *default_left_out = digest_of("{\"handling\":\"-\",\"references\":[]}");
    g_autofree char *other_id = digest_of("{\"expect_missions\":61}");

    assert_int_equal(strlen(one), 64);
    assert_string_equal(one, in_utc);
    assert_string_equal(one, default_left_out);
    assert_string_equal(one, other_id);
}

static void other_content_has_another_digest(void **state)
{
    (void)state;
    g_autofree char *one = digest_of("{}");
    g_autofree char *wider = digest_of("{\"audience\":{\"everyone\":true}}");
    g_autofree char *later = digest_of("{\"sent\":\"2026-11-23T14:30:00.001Z\"}");

    assert_string_not_equal(one, wider);
    assert_string_not_equal(one, later);
}

static void area_and_circles_become_one_field(void **state)
{
    (void)state;
    struct broadcast *b = read_good("{\"audience\":{\"area\":{\"type\":\"Polygon\",\"coordinates\":"
                                    "[[[0,0],[2,0],[2,2],[0,2],[0,0]]]},"
                                    "\"circles\":[{\"center\":[10,10],\"radius_km\":5}]}}");
    const GPtrArray *areas = b->audience->areas;

    assert_int_equal(areas->len, 2);
    assert_true(area_contains(g_ptr_array_index(areas, 0), (struct point){ 1, 1 }));
    assert_true(area_contains(g_ptr_array_index(areas, 1), (struct point){ 10, 10.01 }));
    broadcast_unref(b);
}

static void the_request_stands_beside_the_broadcast(void **state)
{
    (void)state;
    struct faults *f = faults_new();
    struct broadcast_request request;
    g_autofree char *with = changed("{\"expect_missions\":61}");
    struct broadcast *b = broadcast_json_read(with, strlen(with), NOW_MS, &request, f);

    assert_non_null(b);
    assert_int_equal(request.expect_missions, 61);
    broadcast_unref(b);
    b = broadcast_json_read(base_text, strlen(base_text), NOW_MS, &request, f);
    assert_int_equal(request.expect_missions, -1);
    broadcast_unref(b);
    faults_free(f);
}

static void without_a_now_nothing_is_expired(void **state)
{
    (void)state;
    struct faults *f = faults_new();
    g_autofree char *text = changed(
        "{\"sent\":\"2012-07-16T09:30:00-04:00\",\"expires\":\"2012-07-16T23:59:00-04:00\"}");
    struct broadcast *b = broadcast_json_read(text, strlen(text), 0, NULL, f);

    assert_non_null(b);
    broadcast_unref(b);
    faults_free(f);
}

static void languages_and_line_ends_are_normalised(void **state)
{
    (void)state;
    struct broadcast *b =
        read_good("{\"messages\":[{\"language\":\"ZH-hant-tw\",\"headline\":\"H\","
                  "\"description\":\"a\\r\\nb\"}]}");
    const struct message *m = g_ptr_array_index(b->messages, 0);

    assert_string_equal(m->language, "zh-Hant-TW");
    assert_string_equal(m->description, "a\nb");
    broadcast_unref(b);
}

/* Texts that are for some missions only are ours alone to write. */
static void texts_of_places_are_kept_and_not_taken(void **state)
{
    (void)state;
    struct faults *f = faults_new();
    g_autofree char *text =
        changed("{\"messages\":[{\"language\":\"en\",\"headline\":\"A\",\"description\":\"a\","
                "\"place\":\"North\",\"missions\":[\"fr-chicago\",\"mx-chicago\"],"
                "\"urgency\":\"immediate\",\"severity\":\"minor\",\"certainty\":\"likely\","
                "\"expires\":\"2026-11-23T12:00:00-05:00\"},"
                "{\"language\":\"en\",\"headline\":\"B\",\"description\":\"b\",\"place\":\"South\","
                "\"missions\":[\"de-chicago\"],\"urgency\":\"future\",\"severity\":\"minor\","
                "\"certainty\":\"likely\"}]}");
    assert_null(broadcast_json_read(text, strlen(text), 0, NULL, f));
    g_autofree char *why = faults_to_text(f);
    assert_non_null(strstr(why, "/messages/0/missions"));
    faults_free(f);
    f = faults_new();
    struct broadcast *b = broadcast_json_read_stored(text, strlen(text), f);
    assert_non_null(b);
    const struct message *m = g_ptr_array_index(b->messages, 0);
    assert_string_equal(m->place, "North");
    assert_int_equal(m->missions->len, 2);
    assert_int_equal(m->own->urgency, URGENCY_IMMEDIATE);
    assert_int_not_equal(m->own->expires.ms, 0);
    g_autofree char *once = broadcast_json_write(b);
    struct broadcast *again = broadcast_json_read_stored(once, strlen(once), f);
    g_autofree char *twice = broadcast_json_write(again);
    assert_string_equal(once, twice);
    broadcast_unref(again);
    broadcast_unref(b);
    faults_free(f);
}

int main(void)
{
    const struct CMUnitTest single[] = {
        cmocka_unit_test(texts_of_places_are_kept_and_not_taken),
        cmocka_unit_test(what_was_read_is_what_was_written),
        cmocka_unit_test(every_member_survives_writing),
        cmocka_unit_test(a_cancel_survives_writing),
        cmocka_unit_test(equal_content_has_an_equal_digest),
        cmocka_unit_test(other_content_has_another_digest),
        cmocka_unit_test(area_and_circles_become_one_field),
        cmocka_unit_test(the_request_stands_beside_the_broadcast),
        cmocka_unit_test(without_a_now_nothing_is_expired),
        cmocka_unit_test(languages_and_line_ends_are_normalised),
    };
    int failed = RUN_ROWS("broadcast_json rows", rows, row_holds, NULL, NULL);
    return failed + cmocka_run_group_tests_name("broadcast_json", single, NULL, NULL);
}

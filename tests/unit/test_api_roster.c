#include "api_world.h"

#include <string.h>
#include <unistd.h>

static const char *text_of(const json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

static int64_t number_of(const json_t *o, const char *name)
{
    return json_integer_value(json_object_get(o, name));
}

static char *files(const char *missions, const char *representatives)
{
    json_t *o = json_pack("{s:{s:s, s:s}, s:{s:s, s:s}}", "missions", "name", "m.csv", "text",
                          missions, "representatives", "name", "r.csv", "text", representatives);
    char *raw = json_dumps(o, 0), *text = g_strdup(raw);
    free(raw);
    json_decref(o);
    return text;
}

static int setup(void **state)
{
    world_setup(state);
    world_import(*state);
    return 0;
}

static void an_export_is_what_was_imported(void **state)
{
    struct reply r = world_get(*state, "/v1/roster/missions.csv");
    g_autofree char *type = reply_header(&r, "Content-Type");
    assert_string_equal(r.body, world_missions_csv);
    assert_true(g_str_has_prefix(type, "text/csv"));
    reply_clear(&r);
    r = world_get(*state, "/v1/roster/representatives.csv");
    assert_string_equal(r.body, world_representatives_csv);
    reply_clear(&r);
}

static void an_import_reports_what_it_changes(void **state)
{
    g_auto(GStrv) lines = g_strsplit(world_missions_csv, "jp-honolulu", 2);
    g_autofree char *fewer = g_strconcat(lines[0], NULL);
    g_auto(GStrv) people = g_strsplit(world_representatives_csv, "fr-chicago,2", 2);
    g_autofree char *body = files(fewer, people[0]);
    struct reply r = world_post(*state, "/v1/roster?dry_run=true", body);
    json_t *o = reply_json(&r);
    assert_int_equal(r.status, 200);
    assert_int_equal(number_of(o, "missions"), 2);
    assert_int_equal(json_array_size(json_object_get(o, "removed")), 1);
    assert_int_equal(json_array_size(json_object_get(o, "added")), 0);
    assert_string_equal(json_string_value(json_array_get(json_object_get(o, "below_two"), 0)),
                        "fr-chicago");
    json_decref(o);
    reply_clear(&r);
    an_export_is_what_was_imported(state); /* it was only asked what would change */
}

static void a_drastic_removal_must_be_allowed(void **state)
{
    static const struct ask {
        const char *target;
        int want;
        const char *says;
    } asks[] = {
        { "/v1/roster?dry_run=true", 200, "\"removals_to_allow\":2" },
        { "/v1/roster", 409, "allow_removals=2" },
        { "/v1/roster?allow_removals=1", 409, "allow_removals=2" },
        { "/v1/roster?allow_removals=2", 200, "\"missions\":1," },
    };
    g_auto(GStrv) lines = g_strsplit(world_missions_csv, "mx-chicago", 2);
    g_auto(GStrv) people = g_strsplit(world_representatives_csv, "mx-chicago,1", 2);
    g_autofree char *body = files(lines[0], people[0]);
    for (size_t i = 0; i < G_N_ELEMENTS(asks); i++) {
        struct reply r = world_post(*state, asks[i].target, body);
        if (r.status != asks[i].want || !strstr(r.body, asks[i].says))
            fail_msg("%s: %d %s", asks[i].target, r.status, r.body);
        reply_clear(&r);
        if (i + 1 < G_N_ELEMENTS(asks))
            an_export_is_what_was_imported(state);
    }
}

static void every_complaint_has_its_place(void **state)
{
    g_autofree char *body =
        files(world_missions_csv, "mission,rank,name,language,email,phone,webhook,"
                                  "exercises,valid_from,valid_to\n"
                                  "xx-nowhere,1,A,en,a@b.example,,,no,,\n"
                                  "fr-chicago,1,A,en,not a mailbox,,,no,,\n");
    struct reply r = world_post(*state, "/v1/roster", body);
    json_t *o = reply_json(&r), *faults = json_object_get(o, "faults");
    assert_int_equal(r.status, 422);
    assert_int_equal(json_array_size(faults), 2);
    assert_true(g_str_has_prefix(text_of(json_array_get(faults, 0), "place"), "r.csv:2:"));
    assert_true(g_str_has_prefix(text_of(json_array_get(faults, 1), "place"), "r.csv:3:"));
    json_decref(o);
    reply_clear(&r);
    an_export_is_what_was_imported(state);
}

static void files_without_a_byte_lack_their_header(void **state)
{
    g_autofree char *body = files("", "");
    struct reply r = world_post(*state, "/v1/roster", body);
    json_t *o = reply_json(&r), *faults = json_object_get(o, "faults");
    assert_int_equal(r.status, 422);
    assert_int_equal(json_array_size(faults), 2);
    assert_string_equal(text_of(json_array_get(faults, 0), "code"), "missing-column");
    json_decref(o);
    reply_clear(&r);
    an_export_is_what_was_imported(state);
}

static const struct row {
    const char *name, *body;
    int want;
    const char *code; /* of the first fault */
} rows[] = {
    { "nothing", "{}", 422, "not-one" },
    { "two fields", "{\"threat_level\":\"high\",\"zip\":\"60611\"}", 422, "not-one" },
    { "two representatives", "{\"representatives\":{\"1\":{\"email\":\"a@b.example\"},\"2\":{}}}",
      422, "not-one" },
    { "a rank that is none", "{\"representatives\":{\"first\":{\"email\":\"a@b.example\"}}}", 422,
      "bad-rank" },
    { "a rank nobody has", "{\"representatives\":{\"9\":{\"email\":\"a@b.example\"}}}", 422,
      "unknown-representative" },
    { "a field nobody has", "{\"colour\":\"red\"}", 422, "unknown-member" },
    { "a number", "{\"threat_level\":3}", 422, "wrong-type" },
    { "a county nobody has", "{\"county_fips\":\"1\"}", 422, "bad-county" },
    { "a threat level, which needs a reason", "{\"threat_level\":\"high\"}", 422, "needs-reason" },
    { "no mailbox", "{\"representatives\":{\"1\":{\"email\":\"nobody\"}}}", 422, "bad-mailbox" },
    { "a list", "[]", 422, "not-one" },
    { "a street", "{\"street\":\"205 N Michigan\"}", 200, NULL },
    { "a mailbox", "{\"representatives\":{\"1\":{\"email\":\"new@fr-chicago.example\"}}}", 200,
      NULL },
    { "an opt-in as a JSON value", "{\"representatives\":{\"1\":{\"exercises\":true}}}", 200,
      NULL },
    { "a phone is taken away", "{\"representatives\":{\"1\":{\"phone\":null}}}", 200, NULL },
};

static void one_field_is_changed_at_a_time(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct reply r = world_ask(*state, "PATCH", "/v1/roster/missions/fr-chicago",
                                   "Content-Type: application/json\r\n", rows[i].body);
        json_t *o = reply_json(&r), *fault = json_array_get(json_object_get(o, "faults"), 0);
        if (r.status != rows[i].want || g_strcmp0(text_of(fault, "code"), rows[i].code) != 0)
            fail_msg("%s: %d %s", rows[i].name, r.status, r.body);
        json_decref(o);
        reply_clear(&r);
    }
    struct reply r = world_ask(*state, "PATCH", "/v1/roster/missions/xx-nowhere",
                               "Content-Type: application/json\r\n", rows[11].body);
    assert_int_equal(r.status, 404);
    reply_clear(&r);
}

static void a_mission_is_shown_with_its_history(void **state)
{
    struct reply r =
        world_ask(*state, "PATCH", "/v1/roster/missions/fr-chicago",
                  "Content-Type: application/json\r\n", "{\"street\":\"205 N Michigan\"}");
    reply_clear(&r);
    r = world_get(*state, "/v1/roster/missions/fr-chicago");
    json_t *o = reply_json(&r), *people = json_object_get(o, "representatives");
    json_t *history = json_object_get(o, "history");
    assert_int_equal(r.status, 200);
    assert_string_equal(text_of(o, "street"), "205 N Michigan");
    assert_string_equal(text_of(o, "office"), "chicago");
    assert_string_equal(text_of(o, "because"), "same city");
    assert_string_equal(text_of(o, "duty"), "office:chicago"); /* Monday, 8:30 in Chicago */
    assert_int_equal(json_array_size(people), 2);
    assert_int_equal(number_of(json_array_get(people, 1), "rank"), 2);
    assert_true(json_is_true(json_object_get(json_array_get(people, 1), "valid")));
    assert_int_equal(json_array_size(history), 2);
    json_decref(o);
    reply_clear(&r);
    r = world_get(*state, "/v1/roster/missions/xx-nowhere");
    assert_int_equal(r.status, 404);
    reply_clear(&r);
}

static void a_check_names_who_falls_short(void **state)
{
    struct reply r = world_get(*state, "/v1/roster/check");
    json_t *o = reply_json(&r), *first = json_array_get(json_object_get(o, "findings"), 0);
    assert_int_equal(r.status, 200);
    assert_int_equal(number_of(o, "missions"), 3);
    assert_int_equal(number_of(o, "representatives"), 5);
    assert_string_equal(text_of(first, "code"), "fewer-than-two");
    assert_string_equal(text_of(first, "subject"), "mx-chicago");
    json_decref(o);
    reply_clear(&r);
}

/* Sends the plain broadcast and waits for the endpoint that refuses it. */
static void send_until_one_refuses(struct world *w)
{
    static const char ask[] = "GET /v1/records/stream?outcome=refused HTTP/1.1\r\nHost: x\r\n\r\n";
    int fd = client_unix(world_socket(w));
    g_autoptr(GString) seen = g_string_new(NULL);
    struct reply r = world_post(w, "/v1/broadcasts", world_broadcast);
    assert_int_equal(r.status, 201);
    reply_clear(&r);
    client_send(fd, ask, strlen(ask));
    assert_true(client_read_until(fd, seen, "event: record"));
    close(fd);
}

static void an_endpoint_that_is_gone_is_named_until_it_is_given_anew(void **state)
{
    static const char moved[] = "{\"representatives\":{\"2\":{\"webhook\":"
                                "\"https://fr-chicago.example/gone\"}}}";
    static const char type[] = "Content-Type: application/json\r\n";
    static const struct look {
        const char *method, *target, *sentence;
    } looks[] = {
        { "GET", "/v1/roster/check", "\"endpoint-gone\"" },
        { "GET", "/v1/roster/missions/fr-chicago",
          "\"gone\":[\"https://fr-chicago.example/gone\"]" },
        { "POST", "/v1/preview", "representative 2: https://fr-chicago.example/gone is gone" },
    };
    struct world *w = *state;
    struct reply r = world_ask(w, "PATCH", "/v1/roster/missions/fr-chicago", type, moved);
    assert_int_equal(r.status, 200);
    reply_clear(&r);
    send_until_one_refuses(w);
    for (int anew = 0; anew < 2; anew++) {
        for (size_t i = 0; i < G_N_ELEMENTS(looks); i++) {
            const char *body = *looks[i].method == 'P' ? world_broadcast : NULL;
            r = world_ask(w, looks[i].method, looks[i].target, body ? type : "", body);
            if ((strstr(r.body, looks[i].sentence) != NULL) == (anew > 0))
                fail_msg("%s: %s", looks[i].target, r.body);
            reply_clear(&r);
        }
        r = world_ask(w, "PATCH", "/v1/roster/missions/fr-chicago", type, moved);
        reply_clear(&r);
    }
}

static void broken_bodies_are_refused(void **state)
{
    static const char *const bodies[] = { "",
                                          "{",
                                          "[]",
                                          "{}",
                                          "{\"missions\":{}}",
                                          "{\"missions\":{\"name\":\"m\",\"text\":7},"
                                          "\"representatives\":{\"name\":\"r\",\"text\":\"\"}}" };
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        struct reply r = world_post(*state, "/v1/roster", bodies[i]);
        if (r.status != 422)
            fail_msg("%s: %d %s", bodies[i], r.status, r.body);
        reply_clear(&r);
    }
}

/* --- duty --- */

static const struct duty_row {
    const char *name, *target, *want;
} duty_rows[] = {
    { "an office in its hours", "/v1/duty/chicago?at=2026-11-23T14:30:00Z&count=0",
      "{\"subject\":\"chicago\",\"at\":\"2026-11-23T14:30:00Z\",\"duty\":\"office:chicago\","
      "\"open\":true,"
      "\"because\":\"open Mon-Fri 08:00-17:00\",\"changes\":[]}" },
    { "an office at night, and when that ends", "/v1/duty/honolulu?at=2026-11-23T14:30:00Z&count=2",
      "{\"subject\":\"honolulu\",\"at\":\"2026-11-23T14:30:00Z\",\"duty\":\"desk:command-center\","
      "\"open\":false,\"because\":\"before opening time\",\"changes\":["
      "{\"at\":\"2026-11-23T18:00:00Z\",\"duty\":\"office:honolulu\",\"because\":\"opening time\"},"
      "{\"at\":\"2026-11-24T03:00:00Z\",\"duty\":\"desk:command-center\",\"because\":\"closing "
      "time\"}]}" },
    { "a mission, through its office", "/v1/duty/jp-honolulu?at=2026-11-23T18:00:00Z&count=0",
      "{\"subject\":\"jp-honolulu\",\"at\":\"2026-11-23T18:00:00Z\",\"duty\":\"office:honolulu\","
      "\"open\":true,\"because\":\"open Mon-Fri 08:00-17:00\",\"changes\":[]}" },
    { "a desk on a holiday", "/v1/duty/pld?at=2026-11-26T15:00:00Z&count=1",
      "{\"subject\":\"pld\",\"at\":\"2026-11-26T15:00:00Z\",\"duty\":\"desk:command-center\","
      "\"open\":false,\"because\":\"Thanksgiving Day\",\"changes\":["
      "{\"at\":\"2026-11-27T13:00:00Z\",\"duty\":\"desk:pld\",\"because\":\"opening time\"}]}" },
    { "the desk that is always there", "/v1/duty/command-center?at=2026-11-26T15:00:00Z",
      "{\"subject\":\"command-center\",\"at\":\"2026-11-26T15:00:00Z\",\"duty\":\"desk:command-"
      "center\","
      "\"open\":true,\"because\":\"open around the clock\",\"changes\":[]}" },
};

static void duty_is_told_as_designed(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(duty_rows); i++) {
        struct reply r = world_get(*state, duty_rows[i].target);
        if (r.status != 200 || strcmp(r.body, duty_rows[i].want) != 0)
            fail_msg("%s: %d\n%s\ninstead of\n%s", duty_rows[i].name, r.status, r.body,
                     duty_rows[i].want);
        reply_clear(&r);
    }
    struct reply r = world_get(*state, "/v1/duty/nowhere");
    assert_int_equal(r.status, 404);
    reply_clear(&r);
    r = world_get(*state, "/v1/duty/chicago?count=101");
    assert_int_equal(r.status, 400);
    reply_clear(&r);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_export_is_what_was_imported),
        TEST(an_import_reports_what_it_changes),
        TEST(every_complaint_has_its_place),
        TEST(one_field_is_changed_at_a_time),
        TEST(a_mission_is_shown_with_its_history),
        TEST(a_check_names_who_falls_short),
        TEST(an_endpoint_that_is_gone_is_named_until_it_is_given_anew),
        TEST(broken_bodies_are_refused),
        TEST(duty_is_told_as_designed),
        TEST(files_without_a_byte_lack_their_header),
        TEST(a_drastic_removal_must_be_allowed),
    };
    return cmocka_run_group_tests_name("roster", tests, NULL, NULL);
}

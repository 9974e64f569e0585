#include "api_world.h"

#include <string.h>

static int setup(void **state)
{
    world_setup(state);
    world_import(*state);
    return 0;
}

static char *with(const char *text, const char *from, const char *to)
{
    g_auto(GStrv) parts = g_strsplit(text, from, 2);
    assert_non_null(parts[1]);
    return g_strconcat(parts[0], to, parts[1], NULL);
}

static const char *text_of(const json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

static int64_t number_of(const json_t *o, const char *name)
{
    return json_integer_value(json_object_get(o, name));
}

static char *send_it(struct world *w)
{
    struct reply r = world_post(w, "/v1/broadcasts", world_broadcast);
    json_t *o = reply_json(&r);
    char *id = g_strdup(text_of(o, "id"));
    assert_int_equal(r.status, 201);
    json_decref(o);
    reply_clear(&r);
    return id;
}

static void a_broadcast_is_accepted_with_its_counts(void **state)
{
    struct reply r = world_post(*state, "/v1/broadcasts", world_broadcast);
    json_t *o = reply_json(&r);
    g_autofree char *location = reply_header(&r, "Location");
    g_autofree char *want = g_strconcat("/v1/broadcasts/", text_of(o, "id"), NULL);
    assert_int_equal(r.status, 201);
    assert_string_equal(location, want);
    assert_string_equal(text_of(o, "identifier"), "T-1");
    assert_string_equal(text_of(o, "state"), "released");
    assert_string_equal(text_of(o, "deadline"), "2026-11-23T23:00:00.000Z");
    assert_int_equal(number_of(o, "missions"), 2);
    assert_int_equal(number_of(o, "representatives"), 3);
    assert_true(number_of(o, "notifications") >= 4);
    assert_true(json_is_array(json_object_get(o, "warnings")));
    assert_null(json_object_get(o, "known"));
    json_decref(o);
    reply_clear(&r);
}

static void the_same_broadcast_is_known(void **state)
{
    g_autofree char *id = send_it(*state);
    struct reply r = world_post(*state, "/v1/broadcasts", world_broadcast);
    json_t *o = reply_json(&r);
    assert_int_equal(r.status, 200);
    assert_string_equal(text_of(o, "id"), id);
    assert_true(json_is_true(json_object_get(o, "known")));
    json_decref(o);
    reply_clear(&r);
}

static const struct row {
    const char *name, *from, *to;
    int want;
    const char *place; /* of the first fault; NULL: there is none */
} rows[] = {
    { "other content under the same triple", "A headline", "Another headline", 409, NULL },
    { "an unknown member", "\"status\":", "\"colour\":1,\"status\":", 422, "/colour" },
    { "a city that is not there", "Chicago, IL", "Atlantis, IL", 422, "/audience/cities/0" },
    { "an empty audience", "{\"cities\":[\"Chicago, IL\"]}", "{}", 422, "/audience" },
    { "no JSON", "{\"identifier\"", "{identifier", 422, "" },
    { "other missions than expected", "\"status\":", "\"expect_missions\":7,\"status\":", 409,
      NULL },
};

static void what_cannot_be_sent_says_why(void **state)
{
    struct world *w = *state;
    g_autofree char *id = send_it(w);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *changed = with(world_broadcast, rows[i].from, rows[i].to);
        g_autofree char *body =
            i == 0 ? g_strdup(changed) : with(changed, "T-1", "T-2"); /* one of its own */
        struct reply r = world_post(w, "/v1/broadcasts", body);
        json_t *o = reply_json(&r), *fault = json_array_get(json_object_get(o, "faults"), 0);
        if (r.status != rows[i].want)
            fail_msg("%s: %d instead of %d: %s", rows[i].name, r.status, rows[i].want, r.body);
        if (rows[i].place && g_strcmp0(text_of(fault, "place"), rows[i].place) != 0)
            fail_msg("%s: %s", rows[i].name, r.body);
        json_decref(o);
        reply_clear(&r);
    }
}

/* The plain broadcast with other times, at 14:30 UTC; NULL: the member is left out. */
static char *timed(const char *sent, const char *effective, const char *expires, const char *status)
{
    json_t *o = json_loads(world_broadcast, 0, NULL);
    const char *const members[] = { "sent",    sent,    "effective", effective,
                                    "expires", expires, "status",    status };
    for (size_t i = 0; i < G_N_ELEMENTS(members); i += 2)
        if (members[i + 1])
            json_object_set_new(o, members[i], json_string(members[i + 1]));
        else
            json_object_del(o, members[i]);
    char *text = json_dumps(o, 0);
    json_decref(o);
    return text;
}

static const struct time_row {
    const char *name, *sent, *effective, *expires, *status;
    const char *code;     /* of the fault that refuses it; NULL: it is taken */
    const char *deadline; /* of one that is taken */
} times[] = {
    { "sent by a clock that is ahead", "2026-11-23T14:45:00Z", NULL, NULL, "actual", NULL,
      "2026-11-23T20:30:00.000Z" },
    { "sent in the future", "2026-11-23T14:45:01Z", NULL, NULL, "actual", "future", NULL },
    { "sent in the year 9999", "9999-11-23T14:45:00Z", NULL, NULL, "test", "future", NULL },
    { "sent long ago without expires", "2026-11-23T08:30:00Z", NULL, NULL, "actual", "stale",
      NULL },
    { "sent long ago, an exercise", "2026-11-23T08:30:00Z", NULL, NULL, "exercise", NULL,
      "2026-11-23T20:30:00.000Z" },
    { "sent long ago with expires", "2026-11-20T08:30:00Z", NULL, "2026-11-23T15:00:00Z", "actual",
      NULL, "2026-11-23T15:00:00.000Z" },
    { "effective beyond the default life", "2026-11-23T14:30:00Z", "2026-11-25T00:00:00Z", NULL,
      "actual", NULL, "2026-11-25T06:00:00.000Z" },
    { "effective after it expired", "2026-11-23T14:30:00Z", "2026-11-23T16:00:00Z",
      "2026-11-23T15:00:00Z", "actual", "end-before-begin", NULL },
};

static void times_that_cannot_be_meant_are_refused(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        const struct time_row *t = &times[i];
        char *body = timed(t->sent, t->effective, t->expires, t->status);
        struct reply r = world_post(*state, "/v1/broadcasts", body);
        json_t *o = reply_json(&r), *fault = json_array_get(json_object_get(o, "faults"), 0);
        if (r.status != (t->code ? 422 : 201) || g_strcmp0(text_of(fault, "code"), t->code) != 0 ||
            (!t->code && g_strcmp0(text_of(o, "deadline"), t->deadline) != 0))
            fail_msg("%s: %s", t->name, r.body);
        json_decref(o);
        reply_clear(&r);
        free(body);
    }
}

static void every_fault_is_told_at_once_the_audience_too(void **state)
{
    g_autofree char *odd = with(world_broadcast, "Chicago, IL", "Chicag, IL");
    g_autofree char *twice = with(odd, "\"urgency\":", "\"severity\":\"minor\",\"urgency\":");
    g_autofree char *body = with(twice, "\"likely\"", "\"sure\"");
    struct reply r = world_post(*state, "/v1/broadcasts", body);
    json_t *o = reply_json(&r), *fault;
    g_autoptr(GString) places = g_string_new(NULL);
    size_t i;
    assert_int_equal(r.status, 422);
    json_array_foreach(json_object_get(o, "faults"), i, fault)
    {
        g_string_append_printf(places, "%s ", text_of(fault, "place"));
    }
    assert_string_equal(places->str, "/severity /certainty /audience/cities/0 ");
    json_decref(o);
    reply_clear(&r);
}

static void a_key_that_was_used_for_something_else_is_refused(void **state)
{
    static const char headers[] = "Content-Type: application/json\r\nIdempotency-Key: k1\r\n";
    g_autofree char *other = with(world_broadcast, "T-1", "T-2");
    struct reply r = world_ask(*state, "POST", "/v1/broadcasts", headers, world_broadcast);
    assert_int_equal(r.status, 201);
    reply_clear(&r);
    r = world_ask(*state, "POST", "/v1/broadcasts", headers, world_broadcast);
    assert_int_equal(r.status, 200);
    reply_clear(&r);
    r = world_ask(*state, "POST", "/v1/broadcasts", headers, other);
    assert_int_equal(r.status, 422);
    assert_non_null(strstr(r.body, "key-reused"));
    reply_clear(&r);
    /* also for what would be refused for another reason */
    g_autofree char *update = with(world_broadcast, "\"type\":\"alert\"",
                                   "\"type\":\"update\",\"references\":[{\"identifier\":\"T-1\","
                                   "\"sender\":\"desk@dss.example\","
                                   "\"sent\":\"2026-11-23T09:00:00-05:00\"}]");
    g_autofree char *foreign = with(update, "\"sender\":\"desk@", "\"sender\":\"other@");
    r = world_ask(*state, "POST", "/v1/broadcasts", headers, foreign);
    assert_int_equal(r.status, 422);
    assert_non_null(strstr(r.body, "key-reused"));
    reply_clear(&r);
    r = world_post(*state, "/v1/broadcasts", foreign);
    assert_int_equal(r.status, 403);
    reply_clear(&r);
}

static void too_much_is_refused(void **state)
{
    g_autofree char *filler = g_strnfill(5 * 1024 * 1024 + 1, ' ');
    struct reply r = world_post(*state, "/v1/broadcasts", filler);
    assert_int_equal(r.status, 413);
    reply_clear(&r);
}

static void a_list_goes_on_where_it_stopped(void **state)
{
    struct world *w = *state;
    g_autofree char *second = with(world_broadcast, "T-1", "T-2");
    g_autofree char *first = send_it(w);
    struct reply r = world_post(w, "/v1/broadcasts", second);
    reply_clear(&r);

    r = world_get(w, "/v1/broadcasts?limit=1");
    json_t *o = reply_json(&r), *list = json_object_get(o, "broadcasts");
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(text_of(json_array_get(list, 0), "identifier"), "T-2");
    g_autofree char *target =
        g_strconcat("/v1/broadcasts?limit=1&cursor=", text_of(o, "next"), NULL);
    json_decref(o);
    reply_clear(&r);

    r = world_get(w, target);
    o = reply_json(&r);
    list = json_object_get(o, "broadcasts");
    assert_string_equal(text_of(json_array_get(list, 0), "id"), first);
    assert_true(json_is_null(json_object_get(o, "next")));
    json_decref(o);
    reply_clear(&r);
}

static void a_list_may_be_of_one_identifier(void **state)
{
    g_autofree char *second = with(world_broadcast, "T-1", "T-2");
    g_autofree char *id = send_it(*state);
    struct reply r = world_post(*state, "/v1/broadcasts", second);
    reply_clear(&r);
    r = world_get(*state, "/v1/broadcasts?identifier=T-1");
    json_t *o = reply_json(&r), *list = json_object_get(o, "broadcasts");
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(text_of(json_array_get(list, 0), "id"), id);
    json_decref(o);
    reply_clear(&r);
    r = world_get(*state, "/v1/broadcasts?identifier=T-3");
    assert_string_equal(r.body, "{\"broadcasts\":[],\"next\":null}");
    reply_clear(&r);
}

/* Follows the stream until the last notification has been accepted: then the status must say so. */
static void wait_for_the_end(struct world *w, int64_t notifications)
{
    static const char ask[] = "GET /v1/records/stream?outcome=accepted HTTP/1.1\r\nHost: x\r\n\r\n";
    int fd = client_unix(world_socket(w));
    g_autoptr(GString) seen = g_string_new(NULL);
    client_send(fd, ask, strlen(ask));
    for (int64_t i = 0; i < notifications; i++) {
        assert_true(client_read_until(fd, seen, "event: record"));
        g_string_erase(seen, 0, (strstr(seen->str, "event: record") - seen->str) + 13);
    }
    close(fd);
}

static void the_status_tells_how_far_it_has_come(void **state)
{
    struct world *w = *state;
    g_autofree char *id = send_it(w), *target = g_strconcat("/v1/broadcasts/", id, NULL);
    struct reply r = world_get(w, target);
    json_t *o = reply_json(&r);
    int64_t n = number_of(o, "notifications");
    json_decref(o);
    reply_clear(&r);
    wait_for_the_end(w, n);

    r = world_get(w, target);
    o = reply_json(&r);
    json_t *progress = json_object_get(o, "progress");
    json_t *states = json_object_get(progress, "notifications");
    assert_int_equal(r.status, 200);
    assert_int_equal(number_of(states, "accepted"), n);
    assert_int_equal(number_of(states, "queued"), 0);
    assert_int_equal(number_of(progress, "attempts"), n);
    assert_int_equal(number_of(progress, "elapsed_ms"), 0); /* the clock stands */
    assert_string_equal(text_of(progress, "last_accepted"), "2026-11-23T14:30:00.000Z");
    assert_string_equal(text_of(json_object_get(o, "broadcast"), "identifier"), "T-1");
    assert_int_equal(world_sent(w), n);
    json_decref(o);
    reply_clear(&r);
}

static void explain_tells_the_story_of_each_mission(void **state)
{
    struct world *w = *state;
    g_autofree char *id = send_it(w);
    g_autofree char *target =
        g_strconcat("/v1/broadcasts/", id, "/explain?mission=fr-chicago", NULL);
    struct reply r = world_get(w, target);
    json_t *o = reply_json(&r), *missions = json_object_get(o, "missions");
    json_t *mission = json_array_get(missions, 0),
           *obligations = json_object_get(mission, "obligations");
    assert_int_equal(r.status, 200);
    assert_int_equal(json_array_size(missions), 1);
    assert_string_equal(text_of(mission, "mission"), "fr-chicago");
    assert_string_equal(text_of(mission, "because"), "cities[0] = Chicago, IL");
    assert_string_equal(text_of(mission, "office"), "chicago");
    assert_string_equal(text_of(mission, "office_because"), "same city");
    assert_int_equal(json_array_size(obligations), 2);
    json_t *second = json_array_get(obligations, 1);
    assert_string_equal(text_of(second, "recipient"), "fr-chicago/2");
    assert_int_equal(json_array_size(json_object_get(second, "notifications")), 2);
    assert_true(json_array_size(json_object_get(o, "others")) >= 1);
    assert_true(json_array_size(json_object_get(o, "records")) >= 1);
    json_decref(o);
    reply_clear(&r);
}

static void what_is_not_there_is_not_found(void **state)
{
    struct world *w = *state;
    g_autofree char *id = send_it(w);
    g_autofree char *elsewhere =
        g_strconcat("/v1/broadcasts/", id, "/explain?mission=jp-honolulu", NULL);
    static const char *const targets[] = { "/v1/broadcasts/none", "/v1/broadcasts/none/explain",
                                           NULL };
    for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
        struct reply r = world_get(w, targets[i] ? targets[i] : elsewhere);
        assert_int_equal(r.status, 404);
        reply_clear(&r);
    }
    struct reply r = world_ask(w, "POST", "/v1/broadcasts/none/retry", "", "");
    assert_int_equal(r.status, 404);
    reply_clear(&r);
}

static void a_retry_counts_what_it_hastens(void **state)
{
    struct world *w = *state;
    g_autofree char *id = send_it(w), *target = g_strconcat("/v1/broadcasts/", id, "/retry", NULL);
    struct reply r = world_ask(w, "POST", target, "", "");
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "{\"retried\":0}");
    reply_clear(&r);
}

static void what_is_held_says_so_and_no_retry_breaks_it(void **state)
{
    static const char held[] = "2026-11-23T20:00:00.000Z";
    struct world *w = *state;
    char *body = timed("2026-11-23T14:30:00Z", "2026-11-23T20:00:00Z", NULL, "actual");
    struct reply r = world_post(w, "/v1/broadcasts", body);
    json_t *o = reply_json(&r);
    assert_int_equal(r.status, 201);
    assert_string_equal(text_of(o, "held_until"), held);
    g_autofree char *target = g_strconcat("/v1/broadcasts/", text_of(o, "id"), NULL);
    g_autofree char *retry = g_strconcat(target, "/retry", NULL);
    int64_t n = number_of(o, "notifications");
    json_decref(o);
    reply_clear(&r);
    r = world_ask(w, "POST", retry, "", "");
    assert_string_equal(r.body, "{\"retried\":0,\"held_until\":\"2026-11-23T20:00:00.000Z\"}");
    reply_clear(&r);
    r = world_get(w, target);
    o = reply_json(&r);
    assert_string_equal(text_of(o, "held_until"), held);
    json_t *progress = json_object_get(o, "progress");
    assert_int_equal(number_of(json_object_get(progress, "notifications"), "deferred"), n);
    assert_int_equal(world_sent(w), 0);
    json_decref(o);
    reply_clear(&r);
    free(body);
}

static void a_preview_stores_nothing(void **state)
{
    struct world *w = *state;
    struct reply r = world_post(w, "/v1/preview?at=2026-11-23T08:30:00-06:00", world_broadcast);
    json_t *o = reply_json(&r);
    assert_int_equal(r.status, 200);
    assert_string_equal(text_of(o, "as_of"), "2026-11-23T14:30:00Z");
    assert_int_equal(json_array_size(json_object_get(o, "missions")), 2);
    json_decref(o);
    reply_clear(&r);
    r = world_get(w, "/v1/broadcasts");
    assert_string_equal(r.body, "{\"broadcasts\":[],\"next\":null}");
    reply_clear(&r);
    r = world_post(w, "/v1/preview?at=yesterday", world_broadcast);
    assert_int_equal(r.status, 400);
    reply_clear(&r);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_broadcast_is_accepted_with_its_counts),
        TEST(the_same_broadcast_is_known),
        TEST(what_cannot_be_sent_says_why),
        TEST(every_fault_is_told_at_once_the_audience_too),
        TEST(times_that_cannot_be_meant_are_refused),
        TEST(a_key_that_was_used_for_something_else_is_refused),
        TEST(too_much_is_refused),
        TEST(a_list_goes_on_where_it_stopped),
        TEST(a_list_may_be_of_one_identifier),
        TEST(the_status_tells_how_far_it_has_come),
        TEST(explain_tells_the_story_of_each_mission),
        TEST(what_is_not_there_is_not_found),
        TEST(a_retry_counts_what_it_hastens),
        TEST(what_is_held_says_so_and_no_retry_breaks_it),
        TEST(a_preview_stores_nothing),
    };
    return cmocka_run_group_tests_name("broadcast", tests, NULL, NULL);
}

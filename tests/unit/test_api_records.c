#include "api_world.h"

#include <string.h>
#include <unistd.h>

static int setup(void **state)
{
    world_setup(state);
    world_import(*state);
    return 0;
}

static void send_it(struct world *w)
{
    struct reply r = world_post(w, "/v1/broadcasts", world_broadcast);
    assert_int_equal(r.status, 201);
    reply_clear(&r);
}

static int follow(struct world *w, const char *query, const char *headers)
{
    g_autofree char *ask =
        g_strdup_printf("GET /v1/records/stream%s HTTP/1.1\r\nHost: x\r\n%s\r\n", query, headers);
    int fd = client_unix(world_socket(w));
    client_send(fd, ask, strlen(ask));
    return fd;
}

/* The number of the next event; its data is left in *data (caller frees). */
static int64_t next_event(int fd, GString *seen, char **data)
{
    assert_true(client_read_until(fd, seen, "\ndata: "));
    const char *line = strstr(seen->str, "\ndata: ") + 7;
    if (!strchr(line, '\n')) {
        g_autoptr(GString) rest = g_string_new(line);
        assert_true(client_read_until(fd, rest, "\n"));
        g_string_truncate(seen, (gsize)(line - seen->str));
        g_string_append(seen, rest->str);
        line = strstr(seen->str, "\ndata: ") + 7;
    }
    int64_t seq = g_ascii_strtoll(strstr(seen->str, "id: ") + 4, NULL, 10);
    *data = g_strndup(line, strcspn(line, "\n"));
    g_string_erase(seen, 0, (line - seen->str) + (gssize)strlen(*data));
    return seq;
}

static void records_are_listed_in_order_and_go_on(void **state)
{
    struct world *w = *state;
    send_it(w);
    struct reply r = world_get(w, "/v1/records?limit=2");
    json_t *o = reply_json(&r), *list = json_object_get(o, "records");
    assert_int_equal(json_array_size(list), 2);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "seq")), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "event")),
                        "roster.changed");
    assert_int_equal(json_integer_value(json_object_get(o, "next")), 2);
    json_decref(o);
    reply_clear(&r);
    r = world_get(w, "/v1/records?after=1&limit=1");
    o = reply_json(&r);
    list = json_object_get(o, "records");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "seq")), 2);
    json_decref(o);
    reply_clear(&r);
    r = world_get(w, "/v1/records?after=100000");
    assert_string_equal(r.body, "{\"records\":[],\"next\":100000}");
    reply_clear(&r);
}

static const struct row {
    const char *name, *query;
} bad_rows[] = {
    { "an outcome nobody has", "outcome=lost" },
    { "a channel nobody has", "channel=pigeon" },
    { "a number that is none", "after=x" },
    { "a number below none", "after=-1" },
    { "more than there may be", "limit=100000" },
    { "none at all", "limit=0" },
    { "a time without offset", "since=2026-11-23T00:00:00" },
    { "a number that does not end", "after=99999999999999999999" },
};

static void filters_that_mean_nothing_are_refused(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad_rows); i++) {
        g_autofree char *target = g_strconcat("/v1/records?", bad_rows[i].query, NULL);
        struct reply r = world_get(*state, target);
        if (r.status != 400)
            fail_msg("%s: %d %s", bad_rows[i].name, r.status, r.body);
        reply_clear(&r);
    }
}

static void a_filter_narrows_the_list(void **state)
{
    struct world *w = *state;
    send_it(w);
    struct reply r = world_get(w, "/v1/records?mission=fr-chicago&until=2030-01-01T00:00:00Z");
    json_t *o = reply_json(&r), *list = json_object_get(o, "records"), *each;
    size_t i;
    assert_true(json_array_size(list) >= 1);
    json_array_foreach(list, i, each)
        assert_non_null(strstr(json_string_value(json_object_get(each, "missions")), "fr-chicago"));
    json_decref(o);
    reply_clear(&r);
    r = world_get(w, "/v1/records?since=2030-01-01T00:00:00Z");
    assert_string_equal(r.body, "{\"records\":[],\"next\":0}");
    reply_clear(&r);
}

static void a_stream_tells_what_is_there_and_what_comes(void **state)
{
    struct world *w = *state;
    g_autoptr(GString) seen = g_string_new(NULL);
    g_autofree char *first = NULL, *second = NULL, *third = NULL;
    int fd = follow(w, "", "");
    assert_int_equal(next_event(fd, seen, &first), 1);
    assert_non_null(strstr(first, "\"event\":\"roster.changed\""));
    assert_int_equal(next_event(fd, seen, &second), 2);
    assert_non_null(strstr(second, "\"event\":\"audit.importRoster\""));
    send_it(w);
    assert_int_equal(next_event(fd, seen, &third), 3);
    assert_non_null(strstr(third, "\"event\":\"broadcast.accepted\""));
    assert_non_null(strstr(seen->str, "\n"));
    close(fd);
}

/* After a restore: the numbers that the caller saw are given again, to other records. */
static void a_stream_does_not_wait_for_what_another_store_wrote(void **state)
{
    struct world *w = *state;
    struct reply r = world_ask(w, "GET", "/v1/records/stream", "Last-Event-ID: 100000\r\n", NULL);
    assert_int_equal(r.status, 409);
    assert_non_null(strstr(r.body, "begin anew"));
    reply_clear(&r);
}

static void a_stream_goes_on_after_the_last_event(void **state)
{
    struct world *w = *state;
    g_autoptr(GString) seen = g_string_new(NULL);
    g_autofree char *data = NULL, *other = NULL;
    send_it(w);
    int fd = follow(w, "", "Last-Event-ID: 1\r\n");
    assert_int_equal(next_event(fd, seen, &data), 2);
    close(fd);
    g_string_truncate(seen, 0);
    fd = follow(w, "?after=1",
                "Last-Event-ID: 2\r\n"); /* what was seen counts, not where it began */
    assert_int_equal(next_event(fd, seen, &other), 3);
    close(fd);
    fd = follow(w, "", "Last-Event-ID: two\r\n");
    struct reply r = client_read_reply(fd);
    assert_int_equal(r.status, 400);
    reply_clear(&r);
    close(fd);
}

static void a_stream_keeps_to_its_filter(void **state)
{
    struct world *w = *state;
    g_autoptr(GString) seen = g_string_new(NULL);
    g_autofree char *data = NULL;
    int fd = follow(w, "?outcome=accepted&channel=webhook", "");
    send_it(w);
    next_event(fd, seen, &data);
    assert_non_null(strstr(data, "https://fr-chicago.example/hook"));
    close(fd);
}

/* Everything since the beginning, more than one page of it, without a gap and with nothing twice.
 */
static void a_long_past_is_caught_up_with(void **state)
{
    struct world *w = *state;
    g_autoptr(GString) seen = g_string_new(NULL);
    for (int i = 0; i < 450; i++) {
        struct reply r = world_post(w, "/v1/tokens", "{\"name\":\"t\",\"roles\":[\"viewer\"]}");
        assert_int_equal(r.status, 201);
        reply_clear(&r);
    }
    int fd = follow(w, "", "");
    for (int64_t want = 1; want <= 451; want++) {
        g_autofree char *data = NULL;
        assert_int_equal(next_event(fd, seen, &data), want);
    }
    close(fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(records_are_listed_in_order_and_go_on),
        TEST(filters_that_mean_nothing_are_refused),
        TEST(a_filter_narrows_the_list),
        TEST(a_stream_tells_what_is_there_and_what_comes),
        TEST(a_stream_does_not_wait_for_what_another_store_wrote),
        TEST(a_stream_goes_on_after_the_last_event),
        TEST(a_stream_keeps_to_its_filter),
        TEST(a_long_past_is_caught_up_with),
    };
    return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}

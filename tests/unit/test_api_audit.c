#include "api_world.h"

#include "api/routes.h"
#include "api/scribe.h"
#include <string.h>
#include <unistd.h>

/* The audit records from after a number on, and the number of the last record of all. */
static json_t *audited(struct world *w, json_int_t after, json_int_t *last)
{
    json_t *out = json_array();
    for (;;) {
        g_autofree char *target =
            g_strdup_printf("/v1/records?limit=1000&after=%" JSON_INTEGER_FORMAT, after);
        struct reply r = world_get(w, target);
        json_t *page = reply_json(&r), *record;
        size_t i, n = json_array_size(json_object_get(page, "records"));
        json_array_foreach(json_object_get(page, "records"), i, record)
        {
            after = json_integer_value(json_object_get(record, "seq"));
            if (g_str_has_prefix(json_string_value(json_object_get(record, "event")), "audit."))
                json_array_append(out, record);
        }
        json_decref(page);
        reply_clear(&r);
        if (n == 0)
            break;
    }
    *last = after;
    return out;
}

static const char *text(const json_t *record, const char *name)
{
    const char *t = json_string_value(json_object_get(record, name));
    return t ? t : "";
}

/* The route's path with something in the place of its parameter. */
static char *path_of(const struct route *r)
{
    const char *open = strchr(r->path, '{'), *close = open ? strchr(open, '}') : NULL;
    return close ? g_strdup_printf("%.*s7%s", (int)(open - r->path), r->path, close + 1)
                 : g_strdup(r->path);
}

static bool is_get(const struct route *r)
{
    return strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0;
}

static struct reply call(struct world *w, const struct route *r)
{
    g_autofree char *path = path_of(r);
    bool has_body = !is_get(r) && strcmp(r->method, "DELETE") != 0;
    return world_ask(w, r->method, path, has_body ? "Content-Type: application/json\r\n" : "",
                     has_body ? "{}" : NULL);
}

/* What is asked of each route is mostly refused: that is an act too.  A route that is new and
 * changes something is in this loop from its first day. */
static void every_request_that_changes_something_leaves_one_record(void **state)
{
    struct world *w = *state;
    json_int_t last = 0;
    unsigned acts = 0;
    world_import(w);
    json_decref(audited(w, 0, &last));
    for (size_t i = 0; i < api_routes_count; i++) {
        const struct route *r = &api_routes[i];
        if (is_get(r) || (r->flags & (ROUTE_PAGE | ROUTE_LOOKS)))
            continue;
        struct reply reply = call(w, r);
        json_t *records = audited(w, last, &last), *one = json_array_get(records, 0);
        if (json_array_size(records) != 1)
            fail_msg("%s left %zu audit records", r->operation, json_array_size(records));
        g_autofree char *event = g_strconcat("audit.", r->operation, NULL);
        g_autofree char *how = g_strdup_printf("socket %d", reply.status);
        g_autofree char *path = path_of(r);
        g_autofree char *target = g_strdup_printf("%s %s", r->method, path);
        g_autofree char *from = g_strdup_printf("uid %u, pid %d", getuid(), (int)getpid());
        assert_string_equal(text(one, "event"), event);
        assert_string_equal(text(one, "detail"), how);
        assert_true(g_str_has_prefix(text(one, "recipient"), "unix:"));
        assert_string_equal(text(one, "endpoint"), from);
        assert_true(g_str_has_prefix(text(one, "reply"), target));
        json_decref(records);
        reply_clear(&reply);
        acts++;
    }
    assert_true(acts >= 17);
}

static void only_what_was_named_as_such_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < api_routes_count; i++)
        if (!is_get(&api_routes[i]) && (api_routes[i].flags & ROUTE_LOOKS))
            assert_string_equal(api_routes[i].operation, "previewBroadcast");
}

static void reading_leaves_none_but_where_a_secret_is_shown(void **state)
{
    struct world *w = *state;
    json_int_t last = 0;
    for (size_t i = 0; i < api_routes_count; i++) {
        const struct route *r = &api_routes[i];
        if (strcmp(r->method, "GET") != 0 || (r->flags & (ROUTE_PAGE | ROUTE_STREAM)))
            continue;
        struct reply reply = call(w, r);
        json_t *records = audited(w, last, &last);
        if (json_array_size(records) != ((r->flags & ROUTE_SECRET) ? 1u : 0u))
            fail_msg("%s left %zu audit records", r->operation, json_array_size(records));
        json_decref(records);
        reply_clear(&reply);
    }
}

/* --- who, and by what means --- */

static void a_token_is_named_and_so_is_what_it_made(void **state)
{
    struct world *w = *state;
    json_int_t last = 0;
    g_autofree char *token = world_token(w, "operator");
    json_decref(audited(w, 0, &last));
    struct reply r = world_ask_tcp(w, "POST", "/v1/tokens", token,
                                   "{\"name\":\"another\",\"roles\":[\"viewer\"]}");
    assert_int_equal(r.status, 201);
    g_autofree char *place = reply_header(&r, "Location");
    g_autofree char *target = g_strdup_printf("POST /v1/tokens is %s", place);
    json_t *records = audited(w, last, &last), *one = json_array_get(records, 0);
    assert_int_equal(json_array_size(records), 1);
    assert_string_equal(text(one, "detail"), "token 201");
    assert_true(g_str_has_prefix(text(one, "recipient"), "token:"));
    assert_string_equal(text(one, "endpoint"), "127.0.0.1");
    assert_string_equal(text(one, "reply"), target);
    json_decref(records);
    reply_clear(&r);
}

static void refusals_are_written_down_so_many_and_then_counted(void **state)
{
    struct world *w = *state;
    json_int_t last = 0;
    g_autofree char *token = world_token(w, "viewer");
    json_decref(audited(w, 0, &last));
    for (int i = 0; i < SCRIBE_REFUSED_BURST + 30; i++) {
        struct reply r = world_ask_tcp(w, "POST", "/v1/keys", token, NULL);
        assert_int_equal(r.status, 403);
        reply_clear(&r);
    }
    json_t *records = audited(w, last, &last);
    assert_int_equal(json_array_size(records), SCRIBE_REFUSED_BURST);
    assert_string_equal(text(json_array_get(records, 0), "detail"), "token 403");
    json_decref(records);
    /* Another caller's are not in the way of it, and say how many were left out. */
    struct reply r = world_post(w, "/v1/tokens", "{}");
    assert_int_equal(r.status, 422);
    records = audited(w, last, &last);
    assert_string_equal(text(json_array_get(records, 0), "detail"), "socket 422 unwritten=30");
    json_decref(records);
    reply_clear(&r);
}

static void nobody_known_counts_as_one(void **state)
{
    struct world *w = *state;
    json_int_t last = 0;
    json_decref(audited(w, 0, &last));
    for (int i = 0; i < SCRIBE_REFUSED_BURST + 5; i++) {
        struct reply r = world_ask_tcp(w, "DELETE", "/v1/tokens/7", "", NULL);
        assert_int_equal(r.status, 401);
        reply_clear(&r);
    }
    json_t *records = audited(w, last, &last);
    assert_int_equal(json_array_size(records), SCRIBE_REFUSED_BURST);
    assert_string_equal(text(json_array_get(records, 0), "detail"), "none 401");
    assert_string_equal(text(json_array_get(records, 0), "recipient"), "");
    json_decref(records);
}

static void records_are_found_by_event(void **state)
{
    static const struct {
        const char *event;
        bool others, audits;
    } rows[] = {
        { "audit.*", false, true },
        { "audit.createToken", false, true },
        { "token.created", true, false },
        { "token.*", true, false },
        { "*", true, true },
        { "audit", false, false },
        { "audit.create", false, false },
    };
    struct world *w = *state;
    g_autofree char *token = world_token(w, "viewer");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *target = g_strdup_printf("/v1/records?event=%s", rows[i].event);
        struct reply r = world_get(w, target);
        bool audits = strstr(r.body, "\"audit.createToken\"") != NULL;
        bool others = strstr(r.body, "\"token.created\"") != NULL;
        if (audits != rows[i].audits || others != rows[i].others)
            fail_msg("%s: %s", rows[i].event, r.body);
        reply_clear(&r);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(every_request_that_changes_something_leaves_one_record),
        cmocka_unit_test(only_what_was_named_as_such_changes_nothing),
        T(reading_leaves_none_but_where_a_secret_is_shown),
        T(a_token_is_named_and_so_is_what_it_made),
        T(refusals_are_written_down_so_many_and_then_counted),
        T(nobody_known_counts_as_one),
        T(records_are_found_by_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

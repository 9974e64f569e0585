#include "api_world.h"

#include "api/gate.h"
#include <string.h>
#include <unistd.h>

static void expect(struct reply r, int status)
{
    if (r.status != status)
        fail_msg("%d instead of %d: %s", r.status, status, r.body ? r.body : "");
    reply_clear(&r);
}

static void operators_routes_are_not_there(void **state)
{
    static const char *const targets[] = { "/healthz", "/metrics", "/openapi.json",
                                           "/v1/broadcasts", "/v1/tokens" };
    for (size_t i = 0; i < G_N_ELEMENTS(targets); i++)
        expect(world_ask_pages(*state, "GET", targets[i], "", NULL), 404);
}

static void a_token_opens_nothing_there(void **state)
{
    g_autofree char *token = world_token(*state, "operator");
    g_autofree char *header = g_strconcat("Authorization: Bearer ", token, "\r\n", NULL);
    expect(world_ask_pages(*state, "GET", "/v1/broadcasts", header, NULL), 404);
}

static void every_answer_there_guards_the_browser(void **state)
{
    static const char *const want[][2] = {
        { "Content-Security-Policy",
          "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
          "frame-ancestors 'none'" },
        { "Cache-Control", "no-store" },
        { "Referrer-Policy", "no-referrer" },
        { "X-Content-Type-Options", "nosniff" },
        { "X-Robots-Tag", "noindex" },
    };
    struct reply r = world_ask_pages(*state, "GET", "/nothing", "", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(want); i++) {
        g_autofree char *got = reply_header(&r, want[i][0]);
        assert_non_null(got);
        assert_string_equal(got, want[i][1]);
    }
    reply_clear(&r);
}

static void who_asks_too_often_is_told_to_wait(void **state)
{
    for (int i = 0; i < GATE_PAGES_BURST; i++)
        expect(world_ask_pages(*state, "GET", "/nothing", "", NULL), 404);
    struct reply r = world_ask_pages(*state, "GET", "/nothing", "", NULL);
    g_autofree char *after = reply_header(&r, "Retry-After");
    assert_int_equal(r.status, 429);
    assert_string_equal(after, "1");
    reply_clear(&r);
    expect(world_get(*state, "/healthz"), 200); /* operators are not limited by it */
}

static void a_header_that_anybody_may_send_does_not_help(void **state)
{
    for (int i = 0; i < GATE_PAGES_BURST; i++) {
        g_autofree char *header = g_strdup_printf("X-Forwarded-For: 203.0.113.%d\r\n", i);
        expect(world_ask_pages(*state, "GET", "/nothing", header, NULL), 404);
    }
    expect(world_ask_pages(*state, "GET", "/nothing", "X-Forwarded-For: 203.0.113.99\r\n", NULL),
           429);
}

static void a_body_of_any_size_is_not_taken(void **state)
{
    g_autofree char *body = g_strnfill(20000, 'a');
    expect(world_ask_pages(*state, "POST", "/nothing", "", body), 413);
}

static void an_ambiguous_request_ends_the_connection(void **state)
{
    int fd = client_tcp(world_pages_port(*state));
    static const char twice[] = "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
    client_send(fd, twice, sizeof twice - 1);
    g_autofree char *all = client_read_all(fd);
    assert_non_null(all);
    assert_true(g_str_has_prefix(all, "HTTP/1.1 400 "));
    close(fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(operators_routes_are_not_there),
        TEST(a_token_opens_nothing_there),
        TEST(every_answer_there_guards_the_browser),
        TEST(who_asks_too_often_is_told_to_wait),
        TEST(a_header_that_anybody_may_send_does_not_help),
        TEST(a_body_of_any_size_is_not_taken),
        TEST(an_ambiguous_request_ends_the_connection),
    };
    return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}

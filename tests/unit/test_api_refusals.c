#include "api_world.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is sent, to the byte, and how it must be answered.  len 0: the text's own. */
static const struct row {
    const char *name, *bytes;
    size_t len;
    int want;
    bool closes; /* and the connection ends */
} rows[] = {
#define LITERAL(s) s, sizeof s - 1
    { "an honest request is answered", LITERAL("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), 200,
      false },
    { "HTTP/1.0 needs no host", LITERAL("GET /healthz HTTP/1.0\r\n\r\n"), 200, true },
    { "the caller may ask to close",
      LITERAL("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 200, true },
    { "a second Content-Length",
      LITERAL("POST /v1/preview HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: "
              "30\r\n\r\n{}"),
      400, true },
    { "a second, equal Content-Length",
      LITERAL("POST /v1/preview HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\ncontent-length: "
              "2\r\n\r\n{}"),
      400, true },
    { "a length beside an encoding",
      LITERAL("POST /v1/preview HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
              "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      400, true },
    { "a length that is no number",
      LITERAL("POST /v1/preview HTTP/1.1\r\nHost: x\r\nContent-Length: +2\r\n\r\n{}"), 400, true },
    { "a version before HTTP/1", LITERAL("GET /healthz HTTP/0.9\r\nHost: x\r\n\r\n"), 400, true },
    { "a later HTTP/1 is answered as 1.1", LITERAL("GET /healthz HTTP/1.2\r\nHost: x\r\n\r\n"), 200,
      false },
    { "a chunked body in HTTP/1.0",
      LITERAL("POST /v1/preview HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400,
      true },
    { "a missing host", LITERAL("GET /healthz HTTP/1.1\r\n\r\n"), 400, true },
    { "two hosts", LITERAL("GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"), 400, true },
    { "a header without a name", LITERAL("GET /healthz HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n"), 400,
      true },
    { "a blank in a header's name", LITERAL("GET /healthz HTTP/1.1\r\nHost: x\r\nA b: y\r\n\r\n"),
      400, true },
    { "a NUL in a header's value", LITERAL("GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n"),
      400, true },
    { "a NUL that cuts the host", LITERAL("GET /healthz HTTP/1.1\r\nHost: x\0.evil\r\n\r\n"), 400,
      true },
    { "a body where the method takes none",
      LITERAL("GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 35\r\n\r\n"
              "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"),
      400, true },
    { "chunks where the method takes none",
      LITERAL("DELETE /v1/tokens/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
              "0\r\n\r\n"),
      400, true },
    { "a method nobody knows with a body",
      LITERAL("BREW /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"), 400, true },
    { "an empty body where the method takes none",
      LITERAL("GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"), 200, false },
    { "CONNECT without a host", LITERAL("CONNECT x:80 HTTP/1.1\r\nA b: y\r\n\r\n"), 400, true },
    { "an expectation that nobody meets",
      LITERAL("POST /v1/preview HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
              "Expect: miracles\r\n\r\n{}"),
      417, true },
    { "another version of HTTP", LITERAL("GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n"), 400, true },
    { "no HTTP at all", LITERAL("\x16\x03\x01\x02\r\n\r\n"), 400, true },
    { "a body beyond the limit",
      LITERAL("POST /v1/roster HTTP/1.1\r\nHost: x\r\n"
              "Content-Length: 99999999999\r\n\r\n{}"),
      413, true },
    { "a method that is not there", LITERAL("DELETE /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), 405,
      false },
    { "a method nobody knows", LITERAL("BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), 405, false },
    { "HEAD is a GET", LITERAL("HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
      200, true },
    { "a stream has no HEAD",
      LITERAL("HEAD /v1/records/stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 405,
      true },
    { "CONNECT leads nowhere", LITERAL("CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n"), 400, true },
    { "the asterisk leads nowhere", LITERAL("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"), 404, false },
    { "a path that is not there", LITERAL("GET /v2/x HTTP/1.1\r\nHost: x\r\n\r\n"), 404, false },
    { "a query parameter that is not there",
      LITERAL("GET /healthz?a=b HTTP/1.1\r\nHost: x\r\n\r\n"), 400, false },
    { "a body of another type",
      LITERAL("POST /v1/preview HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain"
              "\r\nContent-Length: 2\r\n\r\n{}"),
      415, false },
    { "a body without a type",
      LITERAL("POST /v1/preview HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"), 415, false },
    { "a type that only begins like JSON's",
      LITERAL("POST /v1/preview HTTP/1.1\r\nHost: x\r\nContent-Type: application/jsonp\r\n"
              "Content-Length: 2\r\n\r\n{}"),
      415, false },
    { "a body in chunks",
      LITERAL("POST /v1/preview HTTP/1.1\r\nHost: x\r\nContent-Type: application/json"
              "\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
      422, false },
};

/* An open connection answers once more. */
static bool is_open(int fd)
{
    static const char again[] = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    client_send(fd, again, strlen(again));
    struct reply r = client_read_reply(fd);
    bool open = r.status == 200;
    reply_clear(&r);
    return open;
}

static void try_over(int fd, const struct row *row, const char *how)
{
    client_send(fd, row->bytes, row->len);
    struct reply r = client_read_reply(fd);
    if (r.status != row->want)
        fail_msg("%s over %s: %d instead of %d: %s", row->name, how, r.status, row->want, r.body);
    g_autofree char *type = reply_header(&r, "Content-Type");
    if (row->want >= 400 && g_strcmp0(type, "application/problem+json") != 0)
        fail_msg("%s over %s: %s", row->name, how, type);
    if (is_open(fd) == row->closes)
        fail_msg("%s over %s: the connection %s", row->name, how, row->closes ? "stays" : "ends");
    reply_clear(&r);
    close(fd);
}

static void bad_requests_are_refused(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        try_over(client_unix(world_socket(w)), &rows[i], "the UNIX socket");
}

/* What needs no token is the same over TCP. */
static void bad_requests_are_refused_over_tcp(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (!strstr(rows[i].bytes, "preview") || rows[i].closes)
            try_over(client_tcp(world_port(w)), &rows[i], "TCP");
}

static void head_has_no_body(void **state)
{
    struct reply r = world_ask(*state, "HEAD", "/healthz", "Connection: close\r\n", NULL);
    assert_int_equal(r.status, 200);
    assert_int_equal(r.body_len, 0);
    reply_clear(&r);
}

static void a_wrong_method_is_told_the_right_ones(void **state)
{
    struct reply r = world_ask(*state, "PUT", "/v1/broadcasts", "", NULL);
    g_autofree char *allow = reply_header(&r, "Allow");
    assert_int_equal(r.status, 405);
    assert_string_equal(allow, "POST, GET");
    reply_clear(&r);
}

static void an_error_is_a_problem_with_its_place(void **state)
{
    struct reply r = world_get(*state, "/v1/broadcasts?limt=3");
    json_t *o = reply_json(&r), *fault = json_array_get(json_object_get(o, "faults"), 0);
    g_autofree char *type = reply_header(&r, "Content-Type");
    assert_string_equal(type, "application/problem+json");
    assert_int_equal(json_integer_value(json_object_get(o, "status")), 400);
    assert_string_equal(json_string_value(json_object_get(o, "type")),
                        "urn:liaisond:problem:bad-parameter");
    assert_non_null(json_string_value(json_object_get(o, "title")));
    assert_string_equal(json_string_value(json_object_get(fault, "place")), "limt");
    json_decref(o);
    reply_clear(&r);
}

static void oversized_headers_are_refused(void **state)
{
    struct world *w = *state;
    g_autofree char *filler = g_strnfill(40000, 'a');
    g_autofree char *q =
        g_strdup_printf("GET /healthz HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", filler);
    struct row row = { "40 kB of headers", q, strlen(q), 400, true };
    try_over(client_unix(world_socket(w)), &row, "the UNIX socket");
}

/* Three requests in one piece: three answers, in order, on one connection. */
static void requests_sent_ahead_are_answered_in_order(void **state)
{
    struct world *w = *state;
    static const char three[] =
        "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
        "GET /v1/broadcasts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    int fd = client_unix(world_socket(w));
    client_send(fd, three, strlen(three));
    g_autofree char *all = client_read_all(fd);
    assert_non_null(all);
    const char *first = strstr(all, "HTTP/1.1 200 OK"), *second = strstr(all, "HTTP/1.1 404");
    const char *third = strstr(all, "{\"broadcasts\":[]");
    assert_true(first && second && third && first < second && second < third);
    close(fd);
}

/* What is sent together with an honest request is looked at as closely. */
static void the_second_of_two_is_refused_too(void **state)
{
    static const char first[] = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    static const struct row second[] = {
        { "a NUL", LITERAL("GET /healthz HTTP/1.1\r\nHost: x\0y\r\n\r\n"), 400, true },
        { "two hosts", LITERAL("GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"), 400, true },
        { "what is no HTTP", LITERAL("nonsense\r\n\r\n"), 400, true },
        { "an honest one", LITERAL("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
          200, true },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(second); i++) {
        int fd = client_unix(world_socket(*state));
        g_autoptr(GString) both = g_string_new(first);
        g_string_append_len(both, second[i].bytes, (gssize)second[i].len);
        client_send(fd, both->str, both->len);
        g_autofree char *all = client_read_all(fd);
        const char *answer = all ? strstr(all + 1, "HTTP/1.1 ") : NULL;
        if (!answer || atoi(answer + strlen("HTTP/1.1 ")) != second[i].want ||
            strstr(all, "text/html"))
            fail_msg("%s: %s", second[i].name, all ? all : "the connection stays");
        close(fd);
    }
}

static void an_answer_names_a_version_that_is_spoken(void **state)
{
    static const char ask[] = "GET /healthz HTTP/1.7\r\nHost: x\r\nConnection: close\r\n\r\n";
    int fd = client_unix(world_socket(*state));
    client_send(fd, ask, strlen(ask));
    g_autofree char *all = client_read_all(fd);
    assert_true(g_str_has_prefix(all, "HTTP/1.1 200 "));
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(bad_requests_are_refused_over_tcp),
        cmocka_unit_test(head_has_no_body),
        cmocka_unit_test(a_wrong_method_is_told_the_right_ones),
        cmocka_unit_test(an_error_is_a_problem_with_its_place),
        cmocka_unit_test(oversized_headers_are_refused),
        cmocka_unit_test(requests_sent_ahead_are_answered_in_order),
        cmocka_unit_test(the_second_of_two_is_refused_too),
        cmocka_unit_test(an_answer_names_a_version_that_is_spoken),
    };
    return cmocka_run_group_tests_name("refusals", tests, world_setup, world_teardown);
}

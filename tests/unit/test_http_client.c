#include <curl/curl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "io/http_client.h"
#include "io/loop.h"
#include "peer.h"

struct fixture {
    struct loop *loop;
    GPtrArray *outcomes;
    unsigned wanted;
};

static void on_done(struct outcome *o, void *ctx)
{
    struct fixture *f = ctx;
    g_ptr_array_add(f->outcomes, o);
    if (f->outcomes->len == f->wanted) {
        loop_stop(f->loop);
    }
}

static void wait_for(struct fixture *f, unsigned wanted)
{
    f->wanted = wanted;
    if (f->outcomes->len < wanted) {
        loop_run(f->loop);
    }
    assert_int_equal(f->outcomes->len, wanted);
}

static struct outcome *result(struct fixture *f, unsigned i)
{
    return g_ptr_array_index(f->outcomes, i);
}

static int set_up(void **state)
{
    struct fixture *f = g_new0(struct fixture, 1);
    f->loop = loop_new(NULL);
    f->outcomes = g_ptr_array_new_with_free_func((GDestroyNotify)outcome_free);
    *state = f;
    return f->loop ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    loop_free(f->loop);
    g_ptr_array_unref(f->outcomes);
    g_free(f);
    return 0;
}

/* An HTTP server: says reply to every request of a connection. */
struct script {
    const char *reply; /* PEER_DROP, PEER_HANG */
    bool before;       /* drop or hang before the request is read */
    bool once;         /* close after one reply */
    unsigned padding;  /* bytes of body (or of header, if in_header) added to the reply */
    bool in_header;
    struct peer_tls *tls;
};

static bool take_request(struct peer_conn *c)
{
    gsize length = 0;
    for (;;) {
        g_autofree char *line = peer_read_line(c);
        if (!line) {
            return false;
        }
        if (g_ascii_strncasecmp(line, "Content-Length: ", 16) == 0) {
            length = (gsize)g_ascii_strtoull(line + 16, NULL, 10);
        }
        if (!*line) {
            return peer_read(c, length);
        }
    }
}

static bool pad(struct peer_conn *c, const struct script *s)
{
    g_autofree char *filler = g_strnfill(1000, 'x');
    for (unsigned left = s->padding; left > 0; left -= MIN(left, 1000)) {
        if ((s->in_header && !peer_say(c, "X-Filler: ")) || !peer_say(c, filler) ||
            (s->in_header && !peer_say(c, "\r\n"))) {
            return false;
        }
    }
    return true;
}

static void serve(struct peer_conn *c, const void *script)
{
    const struct script *s = script;
    if (s->tls && !peer_secure(c, s->tls)) {
        return;
    }
    while (s->before || take_request(c)) {
        peer_counted(c);
        if (strcmp(s->reply, PEER_HANG) == 0) {
            peer_hang(c);
            return;
        }
        if (strcmp(s->reply, PEER_DROP) == 0 || !peer_say(c, s->reply) || !pad(c, s) || s->once) {
            return;
        }
    }
}

static struct http_settings settings(GPtrArray *networks)
{
    return (struct http_settings){ .allow_http = true,
                                   .allow_networks = networks,
                                   .ca_file = "",
                                   .connect_timeout_s = 5,
                                   .timeout_s = 1,
                                   .max_reply_bytes = 100000,
                                   .max_connections = 4 };
}

static GPtrArray *loopback(void)
{
    GPtrArray *a = g_ptr_array_new();
    g_ptr_array_add(a, (char *)"127.0.0.0/8");
    return a;
}

static void post(struct fixture *f, struct http_client *c, const char *scheme, int port)
{
    g_autofree char *url = g_strdup_printf("%s://127.0.0.1:%d/hook", scheme, port);
    g_autoptr(GPtrArray) headers = g_ptr_array_new();
    g_ptr_array_add(headers, (char *)"Content-Type: application/cloudevents+json");
    g_ptr_array_add(headers, (char *)"webhook-id: 42");
    http_client_post(c, url, "{\"a\":1}", 7, headers, on_done, f);
}

static const struct row {
    const char *name;
    struct script script;
    enum outcome_kind kind;
    int code;
    const char *reply; /* part of it */
    int64_t retry_after_ms;
} rows[] = {
    { "a 200 is accepted",
      { .reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" },
      OUTCOME_ACCEPTED,
      200,
      "200 OK",
      0 },
    { "a 204 without a body is accepted",
      { .reply = "HTTP/1.1 204 No Content\r\n\r\n" },
      OUTCOME_ACCEPTED,
      204,
      "204 No Content",
      0 },
    { "a 202 is accepted",
      { .reply = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n" },
      OUTCOME_ACCEPTED,
      202,
      "202 Accepted",
      0 },
    { "a 100 is not an answer, the 200 after it is",
      { .reply = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" },
      OUTCOME_ACCEPTED,
      200,
      "200 OK",
      0 },
    { "a redirect is refused and not followed",
      { .reply =
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n" },
      OUTCOME_REFUSED,
      302,
      "302 Found: redirects are not followed (to http://127.0.0.1:1/x)",
      0 },
    { "a 304 is refused",
      { .reply = "HTTP/1.1 304 Not Modified\r\n\r\n" },
      OUTCOME_REFUSED,
      304,
      "304 Not Modified",
      0 },
    { "a 400 is refused with the peer's words",
      { .reply = "HTTP/1.1 400 Bad Request\r\nContent-Length: 13\r\n\r\nno\r\nsignature" },
      OUTCOME_REFUSED,
      400,
      "400 Bad Request: no signature",
      0 },
    { "a 410 is refused",
      { .reply = "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n" },
      OUTCOME_REFUSED,
      410,
      "410 Gone",
      0 },
    { "a 408 is deferred",
      { .reply = "HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n" },
      OUTCOME_DEFERRED,
      408,
      "408",
      0 },
    { "a 425 is deferred",
      { .reply = "HTTP/1.1 425 Too Early\r\nContent-Length: 0\r\n\r\n" },
      OUTCOME_DEFERRED,
      425,
      "425",
      0 },
    { "a 429 waits as long as it is told",
      { .reply = "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n" },
      OUTCOME_DEFERRED,
      429,
      "429 Slow",
      7000 },
    { "a 503 waits as long as it is told",
      { .reply = "HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n" },
      OUTCOME_DEFERRED,
      503,
      "503 Busy",
      120000 },
    { "a Retry-After in the past asks for nothing",
      { .reply = "HTTP/1.1 503 Busy\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                 "Content-Length: 0\r\n\r\n" },
      OUTCOME_DEFERRED,
      503,
      "503 Busy",
      0 },
    { "a huge Retry-After is bounded",
      { .reply = "HTTP/1.1 503 Busy\r\nRetry-After: 9223372036854775807\r\n"
                 "Content-Length: 0\r\n\r\n" },
      OUTCOME_DEFERRED,
      503,
      "503 Busy",
      -1 },
    { "a 500 is deferred",
      { .reply = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n" },
      OUTCOME_DEFERRED,
      500,
      "500 Oops",
      0 },
    { "a 501 is deferred",
      { .reply = "HTTP/1.1 501 No\r\nContent-Length: 0\r\n\r\n" },
      OUTCOME_DEFERRED,
      501,
      "501 No",
      0 },
    { "a 200 with an endless body is accepted and cut off",
      { .reply = "HTTP/1.1 200 OK\r\n\r\n", .padding = 10000000 },
      OUTCOME_ACCEPTED,
      200,
      "200 OK",
      0 },
    { "a 404 with an endless body is refused",
      { .reply = "HTTP/1.1 404 No\r\n\r\n", .padding = 10000000 },
      OUTCOME_REFUSED,
      404,
      "404 No: xxx",
      0 },
    { "headers without an end are no answer",
      { .reply = "HTTP/1.1 200 OK\r\n", .padding = 1000000, .in_header = true },
      OUTCOME_UNKNOWN,
      0,
      "headers are too large",
      0 },
    { "a head that breaks off is no answer",
      { .reply = "HTTP/1.1 200 OK\r\nContent-Le", .once = true },
      OUTCOME_UNKNOWN,
      0,
      "",
      0 },
    { "a body that breaks off does not undo the 200",
      { .reply = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nab", .once = true },
      OUTCOME_ACCEPTED,
      200,
      "200 OK",
      0 },
    { "what is not HTTP is no answer",
      { .reply = "220 peer ESMTP\r\n", .once = true },
      OUTCOME_UNKNOWN,
      0,
      "",
      0 },
    { "a hang after the request is unknown",
      { .reply = PEER_HANG },
      OUTCOME_UNKNOWN,
      0,
      "no answer in time",
      0 },
    { "a connection lost after the request is unknown",
      { .reply = PEER_DROP },
      OUTCOME_UNKNOWN,
      0,
      "",
      0 },
};

static void run_row(void **state)
{
    const struct row *row = *state;
    struct fixture *f = NULL;
    set_up((void **)&f);
    g_autoptr(GPtrArray) networks = loopback();
    struct peer *p = peer_start(serve, &row->script);
    struct http_settings s = settings(networks);
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    post(f, c, "http", peer_port(p));
    assert_int_equal(http_client_in_flight(c), 1);
    wait_for(f, 1);
    const struct outcome *o = result(f, 0);
    if (o->kind != row->kind || !strstr(o->reply, row->reply)) {
        print_error("%s: %s\n", outcome_names[o->kind], o->reply);
    }
    assert_int_equal(o->kind, row->kind);
    assert_int_equal(o->code, row->code);
    assert_non_null(strstr(o->reply, row->reply));
    assert_int_equal(o->endpoint_gone, row->code == 410);
    if (row->retry_after_ms >= 0) {
        assert_int_equal(o->retry_after_ms, row->retry_after_ms);
    } else {
        assert_in_range(o->retry_after_ms, 0, (int64_t)30 * 24 * 3600 * 1000);
    }
    assert_int_equal(peer_count(p), 1);
    assert_int_equal(http_client_in_flight(c), 0);
    http_client_free(c);
    peer_stop(p);
    tear_down((void **)&f);
}

static const struct script ok = { .reply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" };

static void request_is_http_1_1_with_its_headers(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GPtrArray) networks = loopback();
    struct peer *p = peer_start(serve, &ok);
    struct http_settings s = settings(networks);
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    post(f, c, "http", peer_port(p));
    assert_int_equal(f->outcomes->len, 0);
    wait_for(f, 1);
    g_autofree char *heard = peer_heard(p);
    assert_ptr_equal(strstr(heard, "POST /hook HTTP/1.1\n"), heard);
    assert_non_null(strstr(heard, "Content-Type: application/cloudevents+json\n"));
    assert_non_null(strstr(heard, "webhook-id: 42\n"));
    assert_non_null(strstr(heard, "Content-Length: 7\n"));
    assert_null(strstr(heard, "Expect"));
    http_client_free(c);
    peer_stop(p);
}

static void connections_are_kept(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GPtrArray) networks = loopback();
    struct peer *p = peer_start(serve, &ok);
    struct http_settings s = settings(networks);
    s.max_connections = 2;
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    for (int i = 0; i < 50; i++) {
        post(f, c, "http", peer_port(p));
    }
    assert_int_equal(http_client_in_flight(c), 50);
    wait_for(f, 50);
    assert_int_equal(peer_count(p), 50);
    assert_in_range(peer_connections(p), 1, 2);
    http_client_free(c);
    peer_stop(p);
}

/* What must end without a request reaching the peer. */
static void check_unsent(struct fixture *f, const struct http_settings *s, const char *url,
                         enum outcome_kind kind, const char *reply)
{
    struct http_client *c = http_client_new(f->loop, s, NULL);
    http_client_post(c, url, "{}", 2, NULL, on_done, f);
    unsigned before = f->outcomes->len;
    wait_for(f, before + 1);
    const struct outcome *o = result(f, before);
    if (o->kind != kind || !strstr(o->reply, reply)) {
        print_error("%s: %s: %s\n", url, outcome_names[o->kind], o->reply);
    }
    assert_int_equal(o->kind, kind);
    assert_int_equal(o->code, 0);
    assert_non_null(strstr(o->reply, reply));
    http_client_free(c);
}

static void inside_addresses_are_refused_however_they_are_written(void **state)
{
    struct peer *p = peer_start(serve, &ok);
    struct http_settings s = settings(NULL);
    static const struct {
        const char *host, *address;
    } hosts[] = { { "127.0.0.1", "127.0.0.1" },
                  { "2130706433", "127.0.0.1" },
                  { "0x7f.1", "127.0.0.1" },
                  { "[::ffff:127.0.0.1]", "127.0.0.1" },
                  { "localhost", "" } };
    for (gsize i = 0; i < G_N_ELEMENTS(hosts); i++) {
        g_autofree char *url = g_strdup_printf("http://%s:%d/", hosts[i].host, peer_port(p));
        g_autofree char *reply = g_strdup_printf("%s is inside and not allowed", hosts[i].address);
        check_unsent(*state, &s, url, OUTCOME_REFUSED, reply);
    }
    const struct outcome *o = result(*state, 0);
    assert_string_equal(o->reply, "address 127.0.0.1 is inside and not allowed");
    assert_int_equal(peer_connections(p), 0);
    peer_stop(p);
}

static void kept_connection_obeys_new_settings(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GPtrArray) networks = loopback();
    struct peer *p = peer_start(serve, &ok);
    struct http_settings s = settings(networks);
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    post(f, c, "http", peer_port(p));
    wait_for(f, 1);
    s.allow_networks = NULL;
    http_client_configure(c, &s);
    post(f, c, "http", peer_port(p));
    wait_for(f, 2);
    assert_int_equal(result(f, 0)->kind, OUTCOME_ACCEPTED);
    assert_int_equal(result(f, 1)->kind, OUTCOME_REFUSED);
    assert_string_equal(result(f, 1)->reply, "address 127.0.0.1 is inside and not allowed");
    assert_int_equal(peer_count(p), 1);
    http_client_free(c);
    peer_stop(p);
}

static void what_can_never_work_is_refused(void **state)
{
    g_autoptr(GPtrArray) networks = loopback();
    struct http_settings s = settings(networks);
    check_unsent(*state, &s, "ftp://127.0.0.1/x", OUTCOME_REFUSED, "rotocol");
    check_unsent(*state, &s, "file:///etc/passwd", OUTCOME_REFUSED, "rotocol");
    check_unsent(*state, &s, "http://", OUTCOME_REFUSED, "URL");
    s.allow_http = false;
    check_unsent(*state, &s, "HTTP://127.0.0.1/", OUTCOME_REFUSED, "plain http is not allowed");
}

static void header_with_a_newline_is_refused(void **state)
{
    struct fixture *f = *state;
    struct http_settings s = settings(NULL);
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    g_autoptr(GPtrArray) headers = g_ptr_array_new();
    g_ptr_array_add(headers, (char *)"webhook-id: 1\r\nHost: other");
    http_client_post(c, "http://127.0.0.1/", "", 0, headers, on_done, f);
    wait_for(f, 1);
    assert_int_equal(result(f, 0)->kind, OUTCOME_REFUSED);
    http_client_free(c);
}

static void no_connection_is_deferred(void **state)
{
    g_autoptr(GPtrArray) networks = loopback();
    struct http_settings s = settings(networks);
    struct peer *p = peer_start(serve, &ok);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/", peer_port(p));
    peer_stop(p);
    check_unsent(*state, &s, url, OUTCOME_DEFERRED, "connect");
    s.timeout_s = 10;
    check_unsent(*state, &s, "https://no-such-host.invalid/", OUTCOME_DEFERRED, "resolve");
}

static void check_tls(struct fixture *f, bool trusted, enum outcome_kind kind)
{
    g_autoptr(GPtrArray) networks = loopback();
    struct peer_tls *tls = peer_tls_new();
    struct script script = ok;
    script.tls = tls;
    struct peer *p = peer_start(serve, &script);
    struct http_settings s = settings(networks);
    s.allow_http = false;
    s.ca_file = trusted ? peer_tls_ca_file(tls) : "";
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    post(f, c, "https", peer_port(p));
    wait_for(f, 1);
    assert_int_equal(result(f, 0)->kind, kind);
    if (!trusted) {
        assert_non_null(strstr(result(f, 0)->reply, "certificate"));
    }
    assert_int_equal(peer_count(p), trusted);
    http_client_free(c);
    peer_stop(p);
    peer_tls_free(tls);
}

static void https_with_its_ca_is_accepted(void **state)
{
    check_tls(*state, true, OUTCOME_ACCEPTED);
}

static void https_with_a_stranger_s_certificate_is_deferred(void **state)
{
    check_tls(*state, false, OUTCOME_DEFERRED);
}

static void tls_that_hangs_is_deferred(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GPtrArray) networks = loopback();
    struct peer *p = peer_start(serve, &(struct script){ .reply = PEER_HANG, .before = true });
    struct http_settings s = settings(networks);
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    post(f, c, "https", peer_port(p));
    wait_for(f, 1);
    assert_int_equal(result(f, 0)->kind, OUTCOME_DEFERRED);
    assert_string_equal(result(f, 0)->reply, "no connection in time");
    http_client_free(c);
    peer_stop(p);
}

static void tls_that_is_dropped_is_deferred(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GPtrArray) networks = loopback();
    struct peer *p = peer_start(serve, &(struct script){ .reply = PEER_DROP, .before = true });
    struct http_settings s = settings(networks);
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    post(f, c, "https", peer_port(p));
    wait_for(f, 1);
    assert_int_equal(result(f, 0)->kind, OUTCOME_DEFERRED);
    http_client_free(c);
    peer_stop(p);
}

static void retry_after_may_be_a_date(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GPtrArray) networks = loopback();
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autoptr(GDateTime) then = g_date_time_add_seconds(now, 60);
    g_autofree char *date = g_date_time_format(then, "%a, %d %b %Y %H:%M:%S GMT");
    g_autofree char *reply =
        g_strdup_printf("HTTP/1.1 503 Busy\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n", date);
    struct script script = { .reply = reply };
    struct peer *p = peer_start(serve, &script);
    struct http_settings s = settings(networks);
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    post(f, c, "http", peer_port(p));
    wait_for(f, 1);
    assert_in_range(result(f, 0)->retry_after_ms, 50000, 60000);
    http_client_free(c);
    peer_stop(p);
}

static void proxy_of_the_environment_is_ignored(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GPtrArray) networks = loopback();
    g_setenv("http_proxy", "http://127.0.0.1:1", TRUE);
    struct peer *p = peer_start(serve, &ok);
    struct http_settings s = settings(networks);
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    post(f, c, "http", peer_port(p));
    wait_for(f, 1);
    assert_int_equal(result(f, 0)->kind, OUTCOME_ACCEPTED);
    g_unsetenv("http_proxy");
    http_client_free(c);
    peer_stop(p);
}

static void free_answers_everything(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GPtrArray) networks = loopback();
    struct peer *p = peer_start(serve, &(struct script){ .reply = PEER_HANG });
    struct http_settings s = settings(networks);
    s.max_connections = 1;
    s.timeout_s = 60;
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    post(f, c, "http", peer_port(p));
    post(f, c, "http", peer_port(p));
    struct loop_timer *t = loop_timer_new(f->loop, (loop_fn)loop_stop, f->loop);
    while (peer_count(p) == 0) {
        loop_timer_arm(t, 1);
        loop_run(f->loop);
    }
    loop_timer_free(t);
    http_client_free(c);
    assert_int_equal(f->outcomes->len, 2);
    assert_int_equal(result(f, 0)->kind, OUTCOME_UNKNOWN);
    assert_int_equal(result(f, 1)->kind, OUTCOME_DEFERRED);
    peer_stop(p);
}

static void settings_with_a_bad_network_are_refused(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GPtrArray) networks = g_ptr_array_new();
    g_ptr_array_add(networks, (char *)"10.0.0.0/99");
    struct http_settings s = settings(networks);
    g_autoptr(GError) error = NULL;
    assert_null(http_client_new(f->loop, &s, &error));
    assert_non_null(strstr(error->message, "10.0.0.0/99"));
}

static int global_set_up(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -1;
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    struct CMUnitTest table[G_N_ELEMENTS(rows)];
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        table[i] = (struct CMUnitTest){ rows[i].name, run_row, NULL, NULL, (void *)&rows[i] };
    }
    const struct CMUnitTest cases[] = {
        CASE(request_is_http_1_1_with_its_headers),
        CASE(connections_are_kept),
        CASE(inside_addresses_are_refused_however_they_are_written),
        CASE(kept_connection_obeys_new_settings),
        CASE(what_can_never_work_is_refused),
        CASE(header_with_a_newline_is_refused),
        CASE(no_connection_is_deferred),
        CASE(https_with_its_ca_is_accepted),
        CASE(https_with_a_stranger_s_certificate_is_deferred),
        CASE(tls_that_hangs_is_deferred),
        CASE(tls_that_is_dropped_is_deferred),
        CASE(retry_after_may_be_a_date),
        CASE(proxy_of_the_environment_is_ignored),
        CASE(free_answers_everything),
        CASE(settings_with_a_bad_network_are_refused),
    };
    if (global_set_up() != 0) {
        return 1;
    }
    int failed = cmocka_run_group_tests_name("http replies", table, NULL, NULL);
    failed += cmocka_run_group_tests_name("http client", cases, NULL, NULL);
    curl_global_cleanup();
    return failed;
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net_case.h"
#include "peer.h"

static const struct row {
    const char *name;
    struct peer_http script;
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
    { "an answer that trickles in is given up in time",
      { .reply = "HTTP/1.1 200 OK\r\nX-Filler: one byte after the other, and so it goes on and on "
                 "and on",
        .drip = true },
      OUTCOME_UNKNOWN,
      0,
      "no answer in time",
      0 },
    { "a 100 that nothing follows is given up in time",
      { .reply = "HTTP/1.1 100 Continue\r\n\r\n" },
      OUTCOME_UNKNOWN,
      0,
      "no answer in time",
      0 },
    { "a 100 said over and over is no answer",
      { .reply = "HTTP/1.1 100 Continue\r\n\r\n", .endless = true },
      OUTCOME_UNKNOWN,
      0,
      "headers are too large",
      0 },
    { "a status line without an end is no answer",
      { .reply = "HTTP/1.1 200 ", .padding = 2000000 },
      OUTCOME_UNKNOWN,
      0,
      "a header of the reply is too long",
      0 },
    { "a header line without an end is no answer",
      { .reply = "HTTP/1.1 200 OK\r\nX: ", .padding = 2000000 },
      OUTCOME_UNKNOWN,
      0,
      "a header of the reply is too long",
      0 },
    { "a redirect to a huge address is refused and cut",
      { .reply = "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/", .padding = 30000 },
      OUTCOME_UNKNOWN,
      0,
      "no answer in time",
      0 },
    { "the preface of HTTP/2 is no answer",
      { .reply = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .once = true },
      OUTCOME_UNKNOWN,
      0,
      "",
      0 },
    { "bytes that mean nothing are no answer",
      { .reply = "\x01\xff\xfe\x80\r\n\x1b[2J\r\n", .once = true },
      OUTCOME_UNKNOWN,
      0,
      "",
      0 },
    { "a status that is no number is no answer",
      { .reply = "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n", .once = true },
      OUTCOME_UNKNOWN,
      0,
      "",
      0 },
    { "a length below nothing is no answer",
      { .reply = "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", .once = true },
      OUTCOME_UNKNOWN,
      0,
      "Content-Length",
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
    struct net_case *f = NULL;
    net_case_set_up((void **)&f);
    g_autoptr(GPtrArray) networks = net_case_loopback();
    struct peer *p = peer_start(peer_serve_http, &row->script);
    struct http_settings s = net_case_webhooks(networks);
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    net_case_post(f, c, "http", peer_port(p));
    assert_int_equal(http_client_in_flight(c), 1);
    net_case_wait(f, 1);
    const struct outcome *o = net_case_outcome(f, 0);
    net_case_check(o, row->kind, row->reply);
    assert_int_equal(o->code, row->code);
    if (row->kind != OUTCOME_UNKNOWN) { /* cut off where it is too long, not waited for */
        assert_true(o->duration_ms < s.timeout_s * 1000);
    }
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
    net_case_tear_down((void **)&f);
}

int main(void)
{
    struct CMUnitTest table[G_N_ELEMENTS(rows)];
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        table[i] = (struct CMUnitTest){ rows[i].name, run_row, NULL, NULL, (void *)&rows[i] };
    }
    return cmocka_run_group_tests_name("http replies", table, net_case_libraries, NULL);
}

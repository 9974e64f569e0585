#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/loop.h"
#include "net_case.h"
#include "peer.h"

static const struct peer_http ok = { .reply = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" };

static void request_is_http_1_1_with_its_headers(void **state)
{
    struct net_case *f = *state;
    g_autoptr(GPtrArray) networks = net_case_loopback();
    struct peer *p = peer_start(peer_serve_http, &ok);
    struct http_settings s = net_case_webhooks(networks);
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    net_case_post(f, c, "http", peer_port(p));
    assert_int_equal(f->outcomes->len, 0);
    net_case_wait(f, 1);
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
    struct net_case *f = *state;
    g_autoptr(GPtrArray) networks = net_case_loopback();
    struct peer *p = peer_start(peer_serve_http, &ok);
    struct http_settings s = net_case_webhooks(networks);
    s.max_connections = 2;
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    for (int i = 0; i < 50; i++) {
        net_case_post(f, c, "http", peer_port(p));
    }
    assert_int_equal(http_client_in_flight(c), 50);
    net_case_wait(f, 50);
    assert_int_equal(peer_count(p), 50);
    assert_in_range(peer_connections(p), 1, 2);
    http_client_free(c);
    peer_stop(p);
}

/* What must end without a request reaching the peer. */
static void check_unsent(struct net_case *f, const struct http_settings *s, const char *url,
                         enum outcome_kind kind, const char *reply)
{
    struct http_client *c = http_client_new(f->loop, s, NULL);
    http_client_post(c, http_request_new(url, g_strdup("{}"), 2, NULL), net_case_done, f);
    unsigned before = f->outcomes->len;
    net_case_wait(f, before + 1);
    const struct outcome *o = net_case_outcome(f, before);
    net_case_check(o, kind, reply);
    assert_int_equal(o->code, 0);
    http_client_free(c);
}

static void inside_addresses_are_refused_however_they_are_written(void **state)
{
    struct peer *p = peer_start(peer_serve_http, &ok);
    struct http_settings s = net_case_webhooks(NULL);
    static const struct {
        const char *host, *address;
    } hosts[] = { { "127.0.0.1", "127.0.0.1" },
                  { "2130706433", "127.0.0.1" },
                  { "0x7f.1", "127.0.0.1" },
                  { "[::ffff:127.0.0.1]", "127.0.0.1" },
                  { "localhost", "" } };
    for (gsize i = 0; i < G_N_ELEMENTS(hosts); i++) {
        g_autofree char *url = g_strdup_printf("http://%s:%d/", hosts[i].host, peer_port(p));
        g_autofree char *reply =
            g_strdup_printf("%s is inside and not allowed, nothing was sent", hosts[i].address);
        check_unsent(*state, &s, url, OUTCOME_REFUSED, reply);
    }
    const struct outcome *o = net_case_outcome(*state, 0);
    assert_string_equal(
        o->reply, "host 127.0.0.1: address 127.0.0.1 is inside and not allowed, nothing was sent"
                  " (webhook.allow_networks)");
    /* whatever had been opened before would have been taken before this one */
    g_autoptr(GPtrArray) networks = net_case_loopback();
    struct http_settings open = net_case_webhooks(networks);
    struct http_client *c = http_client_new(((struct net_case *)*state)->loop, &open, NULL);
    net_case_post(*state, c, "http", peer_port(p));
    net_case_wait(*state, G_N_ELEMENTS(hosts) + 1);
    http_client_free(c);
    assert_int_equal(peer_connections(p), 1);
    peer_stop(p);
}

static void kept_connection_obeys_new_settings(void **state)
{
    struct net_case *f = *state;
    g_autoptr(GPtrArray) networks = net_case_loopback();
    struct peer *p = peer_start(peer_serve_http, &ok);
    struct http_settings s = net_case_webhooks(networks);
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    net_case_post(f, c, "http", peer_port(p));
    net_case_wait(f, 1);
    s.allow_networks = NULL;
    http_client_configure(c, &s);
    net_case_post(f, c, "http", peer_port(p));
    net_case_wait(f, 2);
    assert_int_equal(net_case_outcome(f, 0)->kind, OUTCOME_ACCEPTED);
    assert_int_equal(net_case_outcome(f, 1)->kind, OUTCOME_REFUSED);
    assert_non_null(strstr(net_case_outcome(f, 1)->reply, "127.0.0.1 is inside and not allowed"));
    assert_int_equal(peer_count(p), 1);
    http_client_free(c);
    peer_stop(p);
}

static void what_can_never_work_is_refused(void **state)
{
    g_autoptr(GPtrArray) networks = net_case_loopback();
    struct http_settings s = net_case_webhooks(networks);
    check_unsent(*state, &s, "ftp://127.0.0.1/x", OUTCOME_REFUSED, "rotocol");
    check_unsent(*state, &s, "file:///etc/passwd", OUTCOME_REFUSED, "rotocol");
    check_unsent(*state, &s, "http://", OUTCOME_REFUSED, "URL");
    s.allow_http = false;
    check_unsent(*state, &s, "HTTP://127.0.0.1/", OUTCOME_REFUSED, "plain http is not allowed");
}

static void header_with_a_newline_is_refused(void **state)
{
    struct net_case *f = *state;
    struct http_settings s = net_case_webhooks(NULL);
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    GPtrArray *headers = g_ptr_array_new();
    g_ptr_array_add(headers, (char *)"webhook-id: 1\r\nHost: other");
    http_client_post(c, http_request_new("http://127.0.0.1/", NULL, 0, headers), net_case_done, f);
    net_case_wait(f, 1);
    assert_int_equal(net_case_outcome(f, 0)->kind, OUTCOME_REFUSED);
    http_client_free(c);
}

static void no_connection_is_deferred(void **state)
{
    g_autoptr(GPtrArray) networks = net_case_loopback();
    struct http_settings s = net_case_webhooks(networks);
    struct peer *p = peer_start(peer_serve_http, &ok);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/", peer_port(p));
    peer_stop(p);
    check_unsent(*state, &s, url, OUTCOME_DEFERRED, "connect");
    s.timeout_s = 10;
    check_unsent(*state, &s, "https://-host.example/", OUTCOME_DEFERRED, "resolve");
}

/* The handle of a call serves the next one: what was sent with it must not count for that. */
static void what_was_sent_before_is_not_sent_now(void **state)
{
    struct net_case *f = *state;
    g_autoptr(GPtrArray) networks = net_case_loopback();
    struct peer *p = peer_start(peer_serve_http, &ok);
    struct http_settings s = net_case_webhooks(networks);
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    net_case_post(f, c, "http", peer_port(p));
    net_case_wait(f, 1);
    net_case_post(f, c, "http", peer_port(p));
    struct loop_timer *t = loop_timer_new(f->loop, (loop_fn)loop_stop, f->loop);
    loop_timer_arm(t, 0); /* it has its handle then, and nothing was done with it */
    loop_run(f->loop);
    loop_timer_free(t);
    http_client_free(c);
    assert_int_equal(f->outcomes->len, 2);
    net_case_check(net_case_outcome(f, 0), OUTCOME_ACCEPTED, "OK");
    net_case_check(net_case_outcome(f, 1), OUTCOME_DEFERRED, "stopped before it was sent");
    assert_int_equal(peer_count(p), 1);
    peer_stop(p);
}

static void what_was_heard_before_is_not_heard_now(void **state)
{
    static const struct peer_http busy = { .reply = "HTTP/1.1 429 Slow Down\r\nRetry-After: 7\r\n"
                                                    "Content-Length: 5\r\n\r\nlater" },
                                  ill = { .reply = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" };
    struct net_case *f = *state;
    g_autoptr(GPtrArray) networks = net_case_loopback();
    struct peer *first = peer_start(peer_serve_http, &busy),
                *next = peer_start(peer_serve_http, &ill);
    struct http_settings s = net_case_webhooks(networks);
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    net_case_post(f, c, "http", peer_port(first));
    net_case_wait(f, 1);
    net_case_post(f, c, "http", peer_port(next));
    net_case_wait(f, 2);
    assert_string_equal(net_case_outcome(f, 0)->reply, "429 Slow Down: later");
    assert_int_equal(net_case_outcome(f, 0)->retry_after_ms, 7000);
    assert_string_equal(net_case_outcome(f, 1)->reply, "503 No");
    assert_int_equal(net_case_outcome(f, 1)->retry_after_ms, 0);
    http_client_free(c);
    peer_stop(first);
    peer_stop(next);
}

static void check_tls(struct net_case *f, bool trusted, enum outcome_kind kind)
{
    g_autoptr(GPtrArray) networks = net_case_loopback();
    struct peer_tls *tls = peer_tls_new();
    struct peer_http script = ok;
    script.tls = tls;
    struct peer *p = peer_start(peer_serve_http, &script);
    struct http_settings s = net_case_webhooks(networks);
    s.allow_http = false;
    s.ca_file = trusted ? peer_tls_ca_file(tls) : "";
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    net_case_post(f, c, "https", peer_port(p));
    net_case_wait(f, 1);
    assert_int_equal(net_case_outcome(f, 0)->kind, kind);
    if (!trusted) {
        assert_non_null(strstr(net_case_outcome(f, 0)->reply, "certificate"));
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

/* What comes of one request to a peer of its own. */
static const struct outcome *post_once(struct net_case *f, const char *scheme,
                                       const struct peer_http *script)
{
    g_autoptr(GPtrArray) networks = net_case_loopback();
    struct peer *p = peer_start(peer_serve_http, script);
    struct http_settings s = net_case_webhooks(networks);
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    net_case_post(f, c, scheme, peer_port(p));
    net_case_wait(f, 1);
    http_client_free(c);
    peer_stop(p);
    return net_case_outcome(f, 0);
}

static void tls_that_hangs_is_deferred(void **state)
{
    const struct outcome *o =
        post_once(*state, "https", &(struct peer_http){ .reply = PEER_HANG, .before = true });
    assert_int_equal(o->kind, OUTCOME_DEFERRED);
    assert_string_equal(o->reply, "no connection in time");
}

static void tls_that_is_dropped_is_deferred(void **state)
{
    const struct outcome *o =
        post_once(*state, "https", &(struct peer_http){ .reply = PEER_DROP, .before = true });
    assert_int_equal(o->kind, OUTCOME_DEFERRED);
}

static void retry_after_may_be_a_date(void **state)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autoptr(GDateTime) then = g_date_time_add_seconds(now, 60);
    g_autofree char *date = g_date_time_format(then, "%a, %d %b %Y %H:%M:%S GMT");
    g_autofree char *reply =
        g_strdup_printf("HTTP/1.1 503 Busy\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n", date);
    const struct outcome *o = post_once(*state, "http", &(struct peer_http){ .reply = reply });
    assert_in_range(o->retry_after_ms, 50000, 60000);
}

static void proxy_of_the_environment_is_ignored(void **state)
{
    g_setenv("http_proxy", "http://127.0.0.1:1", TRUE);
    assert_int_equal(post_once(*state, "http", &ok)->kind, OUTCOME_ACCEPTED);
    g_unsetenv("http_proxy");
}

static void free_answers_everything(void **state)
{
    struct net_case *f = *state;
    g_autoptr(GPtrArray) networks = net_case_loopback();
    struct peer *p = peer_start(peer_serve_http, &(struct peer_http){ .reply = PEER_HANG });
    struct http_settings s = net_case_webhooks(networks);
    s.max_connections = 1;
    s.timeout_s = 60;
    struct http_client *c = http_client_new(f->loop, &s, NULL);
    net_case_post(f, c, "http", peer_port(p));
    net_case_post(f, c, "http", peer_port(p));
    struct loop_timer *t = loop_timer_new(f->loop, (loop_fn)loop_stop, f->loop);
    while (peer_count(p) == 0) {
        loop_timer_arm(t, 1);
        loop_run(f->loop);
    }
    loop_timer_free(t);
    http_client_free(c);
    assert_int_equal(f->outcomes->len, 2);
    assert_int_equal(net_case_outcome(f, 0)->kind, OUTCOME_UNKNOWN);
    assert_int_equal(net_case_outcome(f, 1)->kind, OUTCOME_DEFERRED);
    peer_stop(p);
}

static void settings_with_a_bad_network_are_refused(void **state)
{
    struct net_case *f = *state;
    g_autoptr(GPtrArray) networks = g_ptr_array_new();
    g_ptr_array_add(networks, (char *)"10.0.0.0/99");
    struct http_settings s = net_case_webhooks(networks);
    g_autoptr(GError) error = NULL;
    assert_null(http_client_new(f->loop, &s, &error));
    assert_non_null(strstr(error->message, "10.0.0.0/99"));
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        NET_CASE(request_is_http_1_1_with_its_headers),
        NET_CASE(connections_are_kept),
        NET_CASE(inside_addresses_are_refused_however_they_are_written),
        NET_CASE(kept_connection_obeys_new_settings),
        NET_CASE(what_can_never_work_is_refused),
        NET_CASE(header_with_a_newline_is_refused),
        NET_CASE(no_connection_is_deferred),
        NET_CASE(what_was_sent_before_is_not_sent_now),
        NET_CASE(what_was_heard_before_is_not_heard_now),
        NET_CASE(https_with_its_ca_is_accepted),
        NET_CASE(https_with_a_stranger_s_certificate_is_deferred),
        NET_CASE(tls_that_hangs_is_deferred),
        NET_CASE(tls_that_is_dropped_is_deferred),
        NET_CASE(retry_after_may_be_a_date),
        NET_CASE(proxy_of_the_environment_is_ignored),
        NET_CASE(free_answers_everything),
        NET_CASE(settings_with_a_bad_network_are_refused),
    };
    return cmocka_run_group_tests_name("http client", cases, net_case_libraries, NULL);
}

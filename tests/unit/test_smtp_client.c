#include <curl/curl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "io/config.h"
#include "io/loop.h"
#include "io/smtp_client.h"
#include "peer.h"

struct fixture {
    struct loop *loop;
    GPtrArray *outcomes; /* in order of completion */
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

static struct smtp_settings settings_for(int port)
{
    return (struct smtp_settings){ .host = "127.0.0.1",
                                   .port = port,
                                   .starttls = TLS_OFF,
                                   .ca_file = "",
                                   .user = "",
                                   .password = "",
                                   .hello = "test.example",
                                   .connections = 1,
                                   .connect_timeout_s = 5,
                                   .reply_timeout_s = 1,
                                   .message_timeout_s = 20 };
}

static GBytes *message_of(gsize bytes)
{
    GString *s = g_string_new("Subject: test\r\n\r\n");
    while (s->len < bytes) {
        g_string_append(s, ".a line that begins with a dot\r\n");
    }
    gsize len = s->len;
    return g_bytes_new_take(g_string_free(s, FALSE), len);
}

static void send_one(struct fixture *f, struct smtp_client *c, const char *to, gsize bytes)
{
    g_autoptr(GBytes) m = message_of(bytes);
    smtp_client_send(c, "desk@dss.example", to, m, on_done, f);
}

#define RCPT "rep@mission.example"

static const struct row {
    const char *name;
    struct peer_smtp script;
    enum outcome_kind kind;
    int code;
    const char *reply; /* part of it */
    gsize bytes;
    bool login;
} rows[] = {
    { "a 250 to the body is accepted",
      { 0 },
      OUTCOME_ACCEPTED,
      250,
      "250 2.0.0 Ok: queued as 1A2B",
      0,
      false },
    { "a long message arrives whole", { 0 }, OUTCOME_ACCEPTED, 250, "queued", 300000, false },
    { "a reply of several lines is folded",
      { .body = "250-first\r\n250 second" },
      OUTCOME_ACCEPTED,
      250,
      "250 first second",
      0,
      false },
    { "any 2xx to the body is accepted",
      { .body = "251 forwarded" },
      OUTCOME_ACCEPTED,
      251,
      "251 forwarded",
      0,
      false },
    { "a greylisted recipient is deferred",
      { .rcpt = "451 4.7.1 try later" },
      OUTCOME_DEFERRED,
      451,
      "451 4.7.1 try later",
      0,
      false },
    { "an unknown recipient is refused",
      { .rcpt = "550-5.1.1 no such\r\n550 5.1.1 mailbox" },
      OUTCOME_REFUSED,
      550,
      "550 5.1.1 no such 5.1.1 mailbox",
      0,
      false },
    { "a refused sender is refused",
      { .mail = "553 5.1.8 not you" },
      OUTCOME_REFUSED,
      553,
      "553 5.1.8 not you",
      0,
      false },
    { "a deferred sender is deferred",
      { .mail = "452 4.3.1 full" },
      OUTCOME_DEFERRED,
      452,
      "452 4.3.1 full",
      0,
      false },
    { "a 5xx to DATA is refused",
      { .data = "554 5.5.1 no" },
      OUTCOME_REFUSED,
      554,
      "554 5.5.1 no",
      0,
      false },
    { "a 4xx to the body is deferred",
      { .body = "452 4.2.2 over quota" },
      OUTCOME_DEFERRED,
      452,
      "452 4.2.2 over quota",
      0,
      false },
    { "a 5xx to the body is refused",
      { .body = "554 5.7.1 spam" },
      OUTCOME_REFUSED,
      554,
      "554 5.7.1 spam",
      0,
      false },
    { "a 421 after the body is deferred",
      { .body = "421 4.3.2 shutting down" },
      OUTCOME_DEFERRED,
      421,
      "421 4.3.2 shutting down",
      0,
      false },
    { "a 421 greeting is deferred",
      { .greeting = "421 too busy" },
      OUTCOME_DEFERRED,
      421,
      "421 too busy",
      0,
      false },
    { "a 554 greeting is about the relay: deferred",
      { .greeting = "554 not you" },
      OUTCOME_DEFERRED,
      554,
      "554 not you",
      0,
      false },
    { "a drop at the greeting is deferred",
      { .greeting = PEER_DROP },
      OUTCOME_DEFERRED,
      0,
      "connection lost before the message",
      0,
      false },
    { "a silent greeting is deferred",
      { .greeting = PEER_HANG },
      OUTCOME_DEFERRED,
      0,
      "time ran out before the message",
      0,
      false },
    { "a drop after MAIL is deferred",
      { .mail = PEER_DROP },
      OUTCOME_DEFERRED,
      0,
      "connection lost before the message",
      0,
      false },
    { "a drop after RCPT is deferred, though the last code was 250",
      { .rcpt = PEER_DROP },
      OUTCOME_DEFERRED,
      0,
      "connection lost before the message",
      0,
      false },
    { "a drop instead of the 354 is deferred",
      { .data = PEER_DROP },
      OUTCOME_DEFERRED,
      0,
      "connection lost before the message",
      0,
      false },
    { "a drop inside a long body is deferred",
      { .body = PEER_CUT },
      OUTCOME_DEFERRED,
      0,
      "inside the message",
      20000000,
      false },
    { "a drop after the body is unknown",
      { .body = PEER_DROP },
      OUTCOME_UNKNOWN,
      0,
      "after the message",
      0,
      false },
    { "silence after the body is unknown",
      { .body = PEER_HANG },
      OUTCOME_UNKNOWN,
      0,
      "time ran out after the message",
      0,
      false },
    { "silence after MAIL is deferred",
      { .mail = PEER_HANG },
      OUTCOME_DEFERRED,
      0,
      "time ran out before the message",
      0,
      false },
    { "a reply that breaks off is no reply",
      { .body = "250-first\r\n250-second" },
      OUTCOME_UNKNOWN,
      0,
      "time ran out after the message",
      0,
      false },
    { "a right password is accepted",
      { .auth = "235 2.7.0 welcome" },
      OUTCOME_ACCEPTED,
      250,
      "queued",
      0,
      true },
    { "a wrong password is about the relay: deferred",
      { .auth = "535 5.7.8 no" },
      OUTCOME_DEFERRED,
      535,
      "535 5.7.8 no",
      0,
      true },
    { "a relay that wants a login is deferred",
      { .mail = "530 5.7.0 log in first" },
      OUTCOME_DEFERRED,
      530,
      "530 5.7.0 log in first",
      0,
      false },
};

static void run_row(void **state)
{
    const struct row *row = *state;
    struct fixture *f = NULL;
    set_up((void **)&f);
    struct peer *p = peer_start(peer_serve_smtp, &row->script);
    struct smtp_settings s = settings_for(peer_port(p));
    s.user = row->login ? "daemon" : "";
    s.password = row->login ? "secret" : "";
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    send_one(f, c, RCPT, row->bytes);
    assert_int_equal(smtp_client_in_flight(c), 1);
    wait_for(f, 1);
    const struct outcome *o = result(f, 0);
    if (o->kind != row->kind || !strstr(o->reply, row->reply)) {
        print_error("%s: %s\n", outcome_names[o->kind], o->reply);
    }
    assert_int_equal(o->kind, row->kind);
    assert_int_equal(o->code, row->code);
    assert_non_null(strstr(o->reply, row->reply));
    assert_int_equal(smtp_client_in_flight(c), 0);
    smtp_client_free(c);
    assert_int_equal(peer_connections(p), 1); /* nothing but a stale connection is tried again */
    peer_stop(p);
    tear_down((void **)&f);
}

static void keeps_its_connection(void **state)
{
    struct fixture *f = *state;
    struct peer *p = peer_start(peer_serve_smtp, &(struct peer_smtp){ 0 });
    struct smtp_settings s = settings_for(peer_port(p));
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    for (int i = 0; i < 20; i++) {
        send_one(f, c, RCPT, 0);
    }
    wait_for(f, 20);
    assert_int_equal(peer_count(p), 20);
    assert_int_equal(peer_connections(p), 1);
    smtp_client_free(c);
    g_autofree char *heard = peer_heard(p);
    assert_non_null(strstr(heard, "EHLO test.example\n"));
    assert_non_null(strstr(heard, "MAIL FROM:<desk@dss.example> SIZE="));
    assert_non_null(strstr(heard, "RCPT TO:<rep@mission.example>\n"));
    assert_non_null(strstr(heard, "QUIT\n"));
    peer_stop(p);
}

/* The relay says its word, closes, and only then the second message is handed in. */
static void check_stale(struct fixture *f, const char *idle)
{
    struct peer *p = peer_start(peer_serve_smtp, &(struct peer_smtp){ .idle = idle });
    struct smtp_settings s = settings_for(peer_port(p));
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    send_one(f, c, RCPT, 0);
    wait_for(f, 1);
    peer_wait_closed(p, 1);
    send_one(f, c, RCPT, 0);
    wait_for(f, 2);
    assert_string_equal(result(f, 1)->reply, "250 2.0.0 Ok: queued as 1A2B");
    assert_int_equal(result(f, 1)->kind, OUTCOME_ACCEPTED);
    assert_int_equal(peer_connections(p), 2);
    smtp_client_free(c);
    peer_stop(p);
}

static void connection_closed_with_421_while_idle_is_replaced(void **state)
{
    check_stale(*state, "421 4.4.2 idle too long");
}

static void connection_closed_silently_while_idle_is_replaced(void **state)
{
    check_stale(*state, PEER_DROP);
}

static void refuses_what_is_not_a_mailbox(void **state)
{
    static const char *const bad[] = { "",
                                       "nobody",
                                       "a@b\r\nRCPT TO:<c@d>",
                                       "a@b> NOTIFY=NEVER",
                                       "two@places@example",
                                       "a b@example.org" };
    struct fixture *f = *state;
    struct peer *p = peer_start(peer_serve_smtp, &(struct peer_smtp){ 0 });
    struct smtp_settings s = settings_for(peer_port(p));
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    g_autoptr(GBytes) m = message_of(0);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        smtp_client_send(c, "desk@dss.example", bad[i], m, on_done, f);
    }
    smtp_client_send(c, "desk\r\n@dss.example", RCPT, m, on_done, f);
    static const char *const bodies[] = { "a\nb\r\n", "a\rb\r\n", "no end", "\n" };
    for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_autoptr(GBytes) b = g_bytes_new_static(bodies[i], strlen(bodies[i]));
        smtp_client_send(c, "desk@dss.example", RCPT, b, on_done, f);
    }
    assert_int_equal(f->outcomes->len, 0); /* never from inside the call */
    unsigned n = G_N_ELEMENTS(bad) + 1 + G_N_ELEMENTS(bodies);
    wait_for(f, n);
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(result(f, i)->kind, OUTCOME_REFUSED);
    }
    assert_int_equal(peer_connections(p), 0);
    smtp_client_free(c);
    peer_stop(p);
}

static void check_tls(struct fixture *f, bool offered, const char *ca, enum tls_mode mode,
                      enum outcome_kind kind, const char *reply)
{
    struct peer_tls *tls = peer_tls_new();
    struct peer_smtp script = { .tls = offered ? tls : NULL };
    struct peer *p = peer_start(peer_serve_smtp, &script);
    struct smtp_settings s = settings_for(peer_port(p));
    s.starttls = mode;
    s.ca_file = ca ? ca : peer_tls_ca_file(tls);
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    send_one(f, c, RCPT, 0);
    wait_for(f, 1);
    if (!strstr(result(f, 0)->reply, reply)) {
        print_error("%s\n", result(f, 0)->reply);
    }
    assert_int_equal(result(f, 0)->kind, kind);
    assert_non_null(strstr(result(f, 0)->reply, reply));
    smtp_client_free(c);
    g_autofree char *heard = peer_heard(p);
    assert_int_equal(strstr(heard, "MAIL FROM") != NULL, kind == OUTCOME_ACCEPTED);
    assert_int_equal(strstr(heard, "STARTTLS") != NULL, offered && mode != TLS_OFF);
    peer_stop(p);
    peer_tls_free(tls);
}

static void required_tls_with_its_ca_is_accepted(void **state)
{
    check_tls(*state, true, NULL, TLS_REQUIRED, OUTCOME_ACCEPTED, "queued");
}

static void required_tls_that_is_not_offered_sends_nothing(void **state)
{
    check_tls(*state, false, NULL, TLS_REQUIRED, OUTCOME_DEFERRED,
              "does not offer STARTTLS, which is required; nothing was sent");
}

static void required_tls_with_a_stranger_s_certificate_sends_nothing(void **state)
{
    check_tls(*state, true, "", TLS_REQUIRED, OUTCOME_DEFERRED,
              "failed, nothing was sent: SSL certificate problem");
}

static void optional_tls_is_used_where_it_is_offered(void **state)
{
    check_tls(*state, true, "", TLS_OPTIONAL, OUTCOME_ACCEPTED, "queued");
}

static void optional_tls_is_done_without(void **state)
{
    check_tls(*state, false, "", TLS_OPTIONAL, OUTCOME_ACCEPTED, "queued");
}

static void tls_off_does_not_ask(void **state)
{
    check_tls(*state, true, "", TLS_OFF, OUTCOME_ACCEPTED, "queued");
}

static void unreachable_relay_defers_and_is_not_hammered(void **state)
{
    struct fixture *f = *state;
    struct peer *p = peer_start(peer_serve_smtp, &(struct peer_smtp){ 0 });
    struct smtp_settings s = settings_for(peer_port(p));
    peer_stop(p); /* the port is closed now */
    s.connections = 2;
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    const struct clock *clock = clock_system();
    int64_t start = clock->monotonic_ms(clock);
    for (int i = 0; i < 6; i++) {
        send_one(f, c, RCPT, 0);
    }
    wait_for(f, 6);
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(result(f, i)->kind, OUTCOME_DEFERRED);
        assert_non_null(strstr(result(f, i)->reply, "no connection"));
    }
    assert_true(clock->monotonic_ms(clock) - start >= 500); /* three rounds, 250 ms and longer */
    smtp_client_free(c);
}

static void relay_without_a_name_defers(void **state)
{
    struct fixture *f = *state;
    struct smtp_settings s = settings_for(25);
    s.host = "relay.invalid";
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    send_one(f, c, RCPT, 0);
    wait_for(f, 1);
    assert_int_equal(result(f, 0)->kind, OUTCOME_DEFERRED);
    assert_non_null(strstr(result(f, 0)->reply, "no such name"));
    smtp_client_free(c);
}

static void new_settings_count_for_what_comes_after(void **state)
{
    struct fixture *f = *state;
    struct peer *first = peer_start(peer_serve_smtp, &(struct peer_smtp){ 0 });
    struct peer *second = peer_start(peer_serve_smtp, &(struct peer_smtp){ 0 });
    struct smtp_settings s = settings_for(peer_port(first));
    s.connections = 3;
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    send_one(f, c, RCPT, 0);
    s.port = peer_port(second);
    s.connections = 1;
    smtp_client_configure(c, &s);
    send_one(f, c, RCPT, 0);
    wait_for(f, 2);
    s.connections = 0; /* unsound: logged, and nothing changes */
    smtp_client_configure(c, &s);
    send_one(f, c, RCPT, 0);
    wait_for(f, 3);
    assert_int_equal(peer_count(first), 1);
    assert_int_equal(peer_count(second), 2);
    smtp_client_free(c);
    peer_stop(first);
    peer_stop(second);
}

static void stopping_is_bounded_and_loses_no_answer(void **state)
{
    struct fixture *f = *state;
    struct peer *p = peer_start(peer_serve_smtp, &(struct peer_smtp){ .body = PEER_HANG });
    struct smtp_settings s = settings_for(peer_port(p));
    s.reply_timeout_s = s.message_timeout_s = 300;
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    send_one(f, c, RCPT, 0);
    send_one(f, c, RCPT, 0); /* waits for the only thread */
    while (peer_count(p) == 0) {
        g_thread_yield();
    }
    const struct clock *clock = clock_system();
    int64_t start = clock->monotonic_ms(clock);
    smtp_client_free(c);
    assert_true(clock->monotonic_ms(clock) - start < 8000);
    assert_int_equal(f->outcomes->len, 2);
    assert_int_equal(result(f, 0)->kind, OUTCOME_UNKNOWN);
    assert_int_equal(result(f, 1)->kind, OUTCOME_DEFERRED);
    peer_stop(p);
}

static void relay_that_never_answers_quit_does_not_hold_us(void **state)
{
    struct fixture *f = *state;
    struct peer *p = peer_start(peer_serve_smtp, &(struct peer_smtp){ .quit = PEER_HANG });
    struct smtp_settings s = settings_for(peer_port(p));
    s.reply_timeout_s = s.message_timeout_s = 300;
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    send_one(f, c, RCPT, 0);
    wait_for(f, 1);
    const struct clock *clock = clock_system();
    int64_t start = clock->monotonic_ms(clock);
    smtp_client_free(c);
    assert_true(clock->monotonic_ms(clock) - start < 8000);
    peer_stop(p);
}

static void settings_without_a_host_are_refused(void **state)
{
    struct fixture *f = *state;
    struct smtp_settings s = settings_for(25);
    s.host = "";
    g_autoptr(GError) error = NULL;
    assert_null(smtp_client_new(f->loop, &s, &error));
    assert_non_null(strstr(error->message, "host"));
}

static int global_set_up(void **state)
{
    (void)state;
    log_set_level(LOG_LEVEL_ERROR);
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -1;
}

static int global_tear_down(void **state)
{
    (void)state;
    curl_global_cleanup();
    return 0;
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    struct CMUnitTest table[G_N_ELEMENTS(rows)];
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        table[i] = (struct CMUnitTest){ rows[i].name, run_row, NULL, NULL, (void *)&rows[i] };
    }
    const struct CMUnitTest cases[] = {
        CASE(keeps_its_connection),
        CASE(connection_closed_with_421_while_idle_is_replaced),
        CASE(connection_closed_silently_while_idle_is_replaced),
        CASE(refuses_what_is_not_a_mailbox),
        CASE(required_tls_with_its_ca_is_accepted),
        CASE(required_tls_that_is_not_offered_sends_nothing),
        CASE(required_tls_with_a_stranger_s_certificate_sends_nothing),
        CASE(optional_tls_is_used_where_it_is_offered),
        CASE(optional_tls_is_done_without),
        CASE(tls_off_does_not_ask),
        CASE(unreachable_relay_defers_and_is_not_hammered),
        CASE(relay_without_a_name_defers),
        CASE(new_settings_count_for_what_comes_after),
        CASE(stopping_is_bounded_and_loses_no_answer),
        CASE(relay_that_never_answers_quit_does_not_hold_us),
        CASE(settings_without_a_host_are_refused),
    };
    global_set_up(NULL);
    int failed = cmocka_run_group_tests_name("smtp replies", table, NULL, NULL);
    failed += cmocka_run_group_tests_name("smtp client", cases, NULL, NULL);
    global_tear_down(NULL);
    return failed;
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "io/config.h"
#include "net_case.h"
#include "peer.h"

#define RCPT "rep@mission.example"

static void keeps_its_connection(void **state)
{
    struct net_case *f = *state;
    struct peer *p = peer_start(peer_serve_smtp, &(struct peer_smtp){ 0 });
    struct smtp_settings s = net_case_relay(peer_port(p));
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    for (int i = 0; i < 20; i++) {
        net_case_mail(f, c, RCPT, 0);
    }
    net_case_wait(f, 20);
    assert_int_equal(peer_count(p), 20);
    assert_int_equal(peer_connections(p), 1);
    smtp_client_free(c);
    peer_wait_closed(p, 1); /* nobody waited for the answer to QUIT */
    g_autofree char *heard = peer_heard(p);
    assert_non_null(strstr(heard, "EHLO test.example\n"));
    assert_non_null(strstr(heard, "MAIL FROM:<desk@dss.example> SIZE="));
    assert_non_null(strstr(heard, "RCPT TO:<rep@mission.example>\n"));
    assert_non_null(strstr(heard, "QUIT\n"));
    peer_stop(p);
}

/* What a relay may say in all is bounded for one reply, not for a connection's life. */
static void long_replies_do_not_wear_out_a_connection(void **state)
{
    struct net_case *f = *state;
    g_autofree char *words = g_strnfill(800, 'x');
    g_autofree char *reply = g_strconcat("250 2.1.0 ", words, NULL);
    struct peer_smtp script = { .mail = reply, .rcpt = reply, .body = reply };
    struct peer *p = peer_start(peer_serve_smtp, &script);
    struct smtp_settings s = net_case_relay(peer_port(p));
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    for (int i = 0; i < 300; i++) {
        net_case_mail(f, c, RCPT, 0);
    }
    net_case_wait(f, 300);
    for (unsigned i = 0; i < 300; i++) {
        net_case_check(net_case_outcome(f, i), OUTCOME_ACCEPTED, "250 2.1.0 xxx");
    }
    assert_int_equal(peer_connections(p), 1);
    smtp_client_free(c);
    peer_stop(p);
}

/* The relay gives up the connection after the first message; the second must not feel it. */
static void check_stale(struct net_case *f, const char *idle, bool late)
{
    struct peer_smtp script = { .idle = idle, .late = late };
    struct peer *p = peer_start(peer_serve_smtp, &script);
    struct smtp_settings s = net_case_relay(peer_port(p));
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    net_case_mail(f, c, RCPT, 0);
    net_case_wait(f, 1);
    if (!late) {
        peer_wait_closed(p, 1);
    }
    net_case_mail(f, c, RCPT, 0);
    net_case_wait(f, 2);
    assert_string_equal(net_case_outcome(f, 1)->reply, "250 2.0.0 Ok: queued as 1A2B");
    assert_int_equal(net_case_outcome(f, 1)->kind, OUTCOME_ACCEPTED);
    assert_int_equal(peer_connections(p), 2);
    smtp_client_free(c);
    peer_stop(p);
}

static void connection_closed_with_421_while_idle_is_replaced(void **state)
{
    check_stale(*state, "421 4.4.2 idle too long", false);
}

static void connection_closed_silently_while_idle_is_replaced(void **state)
{
    check_stale(*state, PEER_DROP, false);
}

static void connection_that_answers_421_to_the_next_message_is_replaced(void **state)
{
    check_stale(*state, "421 4.7.0 too many messages", true);
}

static void connection_that_breaks_at_the_next_message_is_replaced(void **state)
{
    check_stale(*state, PEER_DROP, true);
}

static void send_unsound(struct net_case *f, struct smtp_client *c, const char *body)
{
    g_autoptr(GBytes) b = g_bytes_new(body, strlen(body));
    smtp_client_send(c, "desk@dss.example", RCPT, g_bytes_ref(b), NULL, net_case_done, f);
}

#define LONG_LINE 300 /* longer than what is looked at together */

/* Alone in a line, at that place. */
static void send_with(struct net_case *f, struct smtp_client *c, char bare, int at)
{
    g_autofree char *body = g_strdup_printf("%*s\r\n", LONG_LINE, "x");
    body[at] = bare;
    send_unsound(f, c, body);
}

static void refuses_what_is_not_sound(void **state)
{
    static const char *const bad[] = { "",
                                       "nobody",
                                       "a@b\r\nRCPT TO:<c@d>",
                                       "a@b> NOTIFY=NEVER",
                                       "two@places@example",
                                       "a b@example.org" };
    struct net_case *f = *state;
    struct peer *p = peer_start(peer_serve_smtp, &(struct peer_smtp){ 0 });
    struct smtp_settings s = net_case_relay(peer_port(p));
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    g_autoptr(GBytes) m = net_case_message(0);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        smtp_client_send(c, "desk@dss.example", bad[i], g_bytes_ref(m), NULL, net_case_done, f);
    }
    smtp_client_send(c, "desk\r\n@dss.example", RCPT, g_bytes_ref(m), NULL, net_case_done, f);
    send_unsound(f, c, "");
    send_unsound(f, c, "no end");
    send_unsound(f, c, "\n");
    for (int at = 0; at < LONG_LINE; at++) {
        send_with(f, c, '\r', at);
        send_with(f, c, '\n', at);
    }
    assert_int_equal(f->outcomes->len, 0); /* never from inside the call */
    unsigned n = G_N_ELEMENTS(bad) + 1 + 3 + 2 * LONG_LINE;
    net_case_wait(f, n);
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(net_case_outcome(f, i)->kind, OUTCOME_REFUSED);
    }
    assert_int_equal(peer_connections(p), 0);
    smtp_client_free(c);
    peer_stop(p);
}

static void check_tls(struct net_case *f, bool offered, const char *ca, enum tls_mode mode,
                      enum outcome_kind kind, const char *reply)
{
    struct peer_tls *tls = peer_tls_new();
    struct peer_smtp script = { .tls = offered ? tls : NULL };
    struct peer *p = peer_start(peer_serve_smtp, &script);
    struct smtp_settings s = net_case_relay(peer_port(p));
    s.starttls = mode;
    s.ca_file = ca ? ca : peer_tls_ca_file(tls);
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    net_case_mail(f, c, RCPT, 0);
    net_case_wait(f, 1);
    net_case_check(net_case_outcome(f, 0), kind, reply);
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

/* The socket takes it in pieces, and TLS has to be given each piece again until it is taken. */
static void a_long_message_arrives_whole_through_tls(void **state)
{
    struct net_case *f = *state;
    struct peer_tls *tls = peer_tls_new();
    struct peer_smtp script = { .tls = tls, .pipelining = true };
    struct peer *p = peer_start(peer_serve_smtp, &script);
    struct smtp_settings s = net_case_relay(peer_port(p));
    s.starttls = TLS_REQUIRED;
    s.ca_file = peer_tls_ca_file(tls);
    s.reply_timeout_s = 20;
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    net_case_mail(f, c, RCPT, 3000000);
    net_case_mail(f, c, RCPT, 0);
    net_case_wait(f, 2);
    net_case_check(net_case_outcome(f, 0), OUTCOME_ACCEPTED, "queued");
    net_case_check(net_case_outcome(f, 1), OUTCOME_ACCEPTED, "queued");
    smtp_client_free(c);
    g_autofree char *heard = peer_heard(p);
    g_autoptr(GBytes) m = net_case_message(3000000);
    gsize n = (g_bytes_get_size(m) - strlen("Subject: test\r\n\r\n")) / 32;
    g_autoptr(GString) lines = g_string_new("\n");
    while (n-- > 0)
        g_string_append(lines, "..a line that begins with a dot\n");
    const char *at = strstr(heard, lines->str);
    assert_non_null(at);
    assert_false(g_str_has_prefix(at + lines->len, "..a line"));
    peer_stop(p);
    peer_tls_free(tls);
}

static void unreachable_relay_defers_and_is_not_hammered(void **state)
{
    struct net_case *f = *state;
    struct peer *p = peer_start(peer_serve_smtp, &(struct peer_smtp){ 0 });
    struct smtp_settings s = net_case_relay(peer_port(p));
    peer_stop(p); /* the port is closed now */
    s.connections = 2;
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    const struct clock *clock = clock_system();
    int64_t start = clock->monotonic_ms(clock);
    for (int i = 0; i < 6; i++) {
        net_case_mail(f, c, RCPT, 0);
    }
    net_case_wait(f, 6);
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(net_case_outcome(f, i)->kind, OUTCOME_DEFERRED);
        assert_non_null(strstr(net_case_outcome(f, i)->reply, "no connection"));
    }
    assert_true(clock->monotonic_ms(clock) - start >= 500); /* three rounds, 250 ms and longer */
    smtp_client_free(c);
}

static void relay_without_a_name_defers(void **state)
{
    struct net_case *f = *state;
    struct smtp_settings s = net_case_relay(25);
    s.host = "-relay.example"; /* no host name, so that no resolver of this machine is asked */
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    net_case_mail(f, c, RCPT, 0);
    net_case_wait(f, 1);
    assert_int_equal(net_case_outcome(f, 0)->kind, OUTCOME_DEFERRED);
    assert_non_null(strstr(net_case_outcome(f, 0)->reply, "no such name"));
    smtp_client_free(c);
}

static void new_settings_count_for_what_comes_after(void **state)
{
    struct net_case *f = *state;
    struct peer *first = peer_start(peer_serve_smtp, &(struct peer_smtp){ 0 });
    struct peer *second = peer_start(peer_serve_smtp, &(struct peer_smtp){ 0 });
    struct smtp_settings s = net_case_relay(peer_port(first));
    s.connections = 3;
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    net_case_mail(f, c, RCPT, 0);
    s.port = peer_port(second);
    s.connections = 1;
    smtp_client_configure(c, &s);
    net_case_mail(f, c, RCPT, 0);
    net_case_wait(f, 2);
    s.connections = 0; /* unsound: logged, and nothing changes */
    smtp_client_configure(c, &s);
    net_case_mail(f, c, RCPT, 0);
    net_case_wait(f, 3);
    assert_int_equal(peer_count(first), 1);
    assert_int_equal(peer_count(second), 2);
    smtp_client_free(c);
    peer_stop(first);
    peer_stop(second);
}

static void stopping_is_bounded_and_loses_no_answer(void **state)
{
    struct net_case *f = *state;
    struct peer *p = peer_start(peer_serve_smtp, &(struct peer_smtp){ .body = PEER_HANG });
    struct smtp_settings s = net_case_relay(peer_port(p));
    s.reply_timeout_s = s.message_timeout_s = 300;
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    net_case_mail(f, c, RCPT, 0);
    net_case_mail(f, c, RCPT, 0); /* waits for the only thread */
    while (peer_count(p) == 0) {
        g_thread_yield();
    }
    smtp_client_free(c);
    assert_int_equal(f->outcomes->len, 2);
    /* cut off, and not waited for until the relay's time is up */
    net_case_check(net_case_outcome(f, 0), OUTCOME_UNKNOWN, "(the daemon stops)");
    assert_int_equal(net_case_outcome(f, 1)->kind, OUTCOME_DEFERRED);
    peer_stop(p);
}

struct again {
    struct net_case *f;
    struct smtp_client *c;
};

static void send_again(struct outcome *o, void *ctx)
{
    struct again *a = ctx;
    net_case_done(o, a->f);
    net_case_mail(a->f, a->c, RCPT, 0);
}

static void what_is_sent_while_it_stops_is_deferred(void **state)
{
    struct net_case *f = *state;
    struct peer *p = peer_start(peer_serve_smtp, &(struct peer_smtp){ .body = PEER_DROP });
    struct smtp_settings s = net_case_relay(peer_port(p));
    struct again a = { f, smtp_client_new(f->loop, &s, NULL) };
    g_autoptr(GBytes) m = net_case_message(0);
    smtp_client_send(a.c, "desk@dss.example", RCPT, g_bytes_ref(m), NULL, send_again, &a);
    smtp_client_free(a.c);
    assert_int_equal(f->outcomes->len, 2);
    net_case_check(net_case_outcome(f, 1), OUTCOME_DEFERRED, "stopped before it was sent");
    peer_stop(p);
}

static void relay_that_never_answers_quit_does_not_hold_us(void **state)
{
    struct net_case *f = *state;
    struct peer *p = peer_start(peer_serve_smtp, &(struct peer_smtp){ .quit = PEER_HANG });
    struct smtp_settings s = net_case_relay(peer_port(p));
    s.reply_timeout_s = s.message_timeout_s = 300;
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    net_case_mail(f, c, RCPT, 0);
    net_case_wait(f, 1);
    const struct clock *clock = clock_system();
    int64_t start = clock->monotonic_ms(clock);
    smtp_client_free(c);
    assert_true(clock->monotonic_ms(clock) - start < 2000);
    peer_stop(p);
}

static void settings_without_a_host_are_refused(void **state)
{
    struct net_case *f = *state;
    struct smtp_settings s = net_case_relay(25);
    s.host = "";
    g_autoptr(GError) error = NULL;
    assert_null(smtp_client_new(f->loop, &s, &error));
    assert_non_null(strstr(error->message, "host"));
}

/* Lines that begin with a dot, at every offset from the end of what is made at once: 16384 bytes.
 */
static void a_dot_at_the_end_of_a_buffer_ends_nothing(void **state)
{
    struct net_case *f = *state;
    for (unsigned shift = 0; shift < 8; shift++) {
        struct peer *p = peer_start(peer_serve_smtp, &(struct peer_smtp){ 0 });
        struct smtp_settings s = net_case_relay(peer_port(p));
        struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
        g_autoptr(GString) text = g_string_new("Subject: x\r\n\r\n.\r\n");
        while (text->len < 16384 - 6 - shift) {
            g_string_append_c(text, 'x');
        }
        g_string_append(text, "\r\n.\r\n..\r\n.two\r\n\r\n.\r\nend\r\n");
        g_autoptr(GBytes) m = g_bytes_new(text->str, text->len);
        smtp_client_send(c, "desk@dss.example", RCPT, g_bytes_ref(m), NULL, net_case_done, f);
        net_case_wait(f, shift + 1);
        net_case_check(net_case_outcome(f, shift), OUTCOME_ACCEPTED, "250");
        smtp_client_free(c);
        g_autofree char *heard = peer_heard(p);
        peer_stop(p);
        assert_non_null(strstr(heard, "\n\n..\nxxx"));
        assert_non_null(strstr(heard, "xxx\n..\n...\n..two\n\n..\nend\n.\n"));
    }
}

struct finishing {
    GThread *loop_thread;
    unsigned made, freed;
    bool elsewhere;
};

static GBytes *add_a_line(GBytes *message, void *ctx)
{
    struct finishing *f = ctx;
    g_autofree char *text = g_strconcat(g_bytes_get_data(message, NULL), "finished\r\n", NULL);
    f->made++;
    f->elsewhere = g_thread_self() != f->loop_thread;
    return g_bytes_new(text, strlen(text));
}

static void note_freed(gpointer ctx)
{
    ((struct finishing *)ctx)->freed++;
}

static void a_message_is_finished_by_the_thread_that_sends_it(void **state)
{
    struct net_case *f = *state;
    struct peer *p = peer_start(peer_serve_smtp, &(struct peer_smtp){ 0 });
    struct smtp_settings s = net_case_relay(peer_port(p));
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    struct finishing done = { g_thread_self(), 0, 0, false };
    g_autoptr(GBytes) m = g_bytes_new("Subject: x\r\n\r\n", 15); /* with its NUL */
    g_autoptr(GBytes) text = g_bytes_new_from_bytes(m, 0, 14);
    smtp_client_send(c, "desk@dss.example", RCPT, g_bytes_ref(text),
                     &(struct smtp_finish){ add_a_line, &done, note_freed }, net_case_done, f);
    net_case_wait(f, 1);
    net_case_check(net_case_outcome(f, 0), OUTCOME_ACCEPTED, "250");
    smtp_client_free(c);
    g_autofree char *heard = peer_heard(p);
    peer_stop(p);
    assert_non_null(strstr(heard, "Subject: x\n\nfinished\n.\n"));
    assert_int_equal(done.made, 1);
    assert_int_equal(done.freed, 1);
    assert_true(done.elsewhere);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        NET_CASE(keeps_its_connection),
        NET_CASE(long_replies_do_not_wear_out_a_connection),
        NET_CASE(connection_closed_with_421_while_idle_is_replaced),
        NET_CASE(connection_closed_silently_while_idle_is_replaced),
        NET_CASE(connection_that_answers_421_to_the_next_message_is_replaced),
        NET_CASE(connection_that_breaks_at_the_next_message_is_replaced),
        NET_CASE(refuses_what_is_not_sound),
        NET_CASE(required_tls_with_its_ca_is_accepted),
        NET_CASE(required_tls_that_is_not_offered_sends_nothing),
        NET_CASE(required_tls_with_a_stranger_s_certificate_sends_nothing),
        NET_CASE(optional_tls_is_used_where_it_is_offered),
        NET_CASE(optional_tls_is_done_without),
        NET_CASE(tls_off_does_not_ask),
        NET_CASE(a_long_message_arrives_whole_through_tls),
        NET_CASE(unreachable_relay_defers_and_is_not_hammered),
        NET_CASE(relay_without_a_name_defers),
        NET_CASE(new_settings_count_for_what_comes_after),
        NET_CASE(stopping_is_bounded_and_loses_no_answer),
        NET_CASE(what_is_sent_while_it_stops_is_deferred),
        NET_CASE(relay_that_never_answers_quit_does_not_hold_us),
        NET_CASE(settings_without_a_host_are_refused),
        NET_CASE(a_dot_at_the_end_of_a_buffer_ends_nothing),
        NET_CASE(a_message_is_finished_by_the_thread_that_sends_it),
    };
    return cmocka_run_group_tests_name("smtp client", cases, net_case_libraries, NULL);
}

/* Many mails over few connections to a relay that takes groups of commands (RFC 2920). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net_case.h"
#include "peer.h"

/* What becomes of a mail is the local part of its recipient, up to a "-". */
struct fates {
    unsigned others; /* a "slow" one is not answered before so many have been taken */
};

static struct peer *relay_of_fates; /* set before any connection is made */

static bool is_fate(const char *to, const char *fate)
{
    return g_str_has_prefix(to, "RCPT TO:<") && g_str_has_prefix(to + 9, fate);
}

static bool answer_body(struct peer_conn *c, const char *to, const struct fates *f)
{
    if (is_fate(to, "lost"))
        return false;
    while (is_fate(to, "slow") && peer_count(relay_of_fates) < f->others)
        g_thread_yield();
    peer_counted(c);
    g_autofree char *good = g_strdup_printf("250 2.0.0 Ok: %s\r\n", to);
    return peer_say(c, is_fate(to, "spam") ? "554 5.7.1 spam\r\n" : good);
}

static bool take_body(struct peer_conn *c, const char *to, const struct fates *f)
{
    for (;;) {
        g_autofree char *line = peer_read_line(c);
        if (!line)
            return false;
        if (strcmp(line, ".") == 0)
            return answer_body(c, to, f);
    }
}

static const char *answer_to_rcpt(const char *to)
{
    return is_fate(to, "refused") ? "550 5.1.1 no such\r\n"
           : is_fate(to, "later") ? "451 4.7.1 later\r\n"
                                  : "250 2.1.5 Ok\r\n";
}

/* A transaction is open from MAIL to its end; a nested MAIL would be refused, as by real ones. */
static void serve_fates(struct peer_conn *c, const void *script)
{
    g_autofree char *to = g_strdup("");
    bool open = false, taken = false, more = peer_say(c, "220 peer ESMTP\r\n");
    while (more) {
        g_autofree char *line = peer_read_line(c);
        if (!line)
            return;
        if (g_str_has_prefix(line, "EHLO")) {
            more = peer_say(c, "250-peer\r\n250 PIPELINING\r\n");
        } else if (g_str_has_prefix(line, "RSET")) {
            open = taken = false;
            more = peer_say(c, "250 2.0.0 Ok\r\n");
        } else if (g_str_has_prefix(line, "MAIL")) {
            more = peer_say(c, open ? "503 5.5.1 nested\r\n" : "250 2.1.0 Ok\r\n");
            open = true;
        } else if (g_str_has_prefix(line, "RCPT")) {
            g_free(to);
            to = g_strdup(line);
            taken = answer_to_rcpt(to)[0] == '2';
            more = peer_say(c, answer_to_rcpt(to));
        } else if (g_str_has_prefix(line, "DATA")) {
            more = peer_say(c, taken ? "354 go\r\n" : "554 5.5.1 nobody\r\n");
            more = more && (!taken || take_body(c, to, script));
            open = open && !taken;
        } else {
            return;
        }
    }
}

/* An outcome that knows whose it is. */
struct sent {
    struct net_case *f;
    char *to;
    struct outcome *o; /* owned by the case */
};

static void note(struct outcome *o, void *ctx)
{
    struct sent *s = ctx;
    assert_null(s->o);
    s->o = o;
    net_case_done(o, s->f);
}

static void send_to(struct net_case *f, struct smtp_client *c, struct sent *s, const char *fate,
                    unsigned n)
{
    g_autoptr(GBytes) m = net_case_message(3000);
    *s = (struct sent){ f, g_strdup_printf("%s-%u@m.example", fate, n), NULL };
    smtp_client_send(c, "desk@dss.example", s->to, g_bytes_ref(m), NULL, note, s);
}

static void check(const struct sent *s)
{
    static const struct {
        const char *fate, *reply;
        enum outcome_kind kind;
    } rows[] = { { "good", "250 2.0.0 Ok: RCPT TO:<", OUTCOME_ACCEPTED },
                 { "slow", "250 2.0.0 Ok: RCPT TO:<", OUTCOME_ACCEPTED },
                 { "refused", "550 5.1.1 no such", OUTCOME_REFUSED },
                 { "later", "451 4.7.1 later", OUTCOME_DEFERRED },
                 { "spam", "554 5.7.1 spam", OUTCOME_REFUSED },
                 { "lost", "connection lost after the message", OUTCOME_UNKNOWN } };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (g_str_has_prefix(s->to, rows[i].fate)) {
            net_case_check(s->o, rows[i].kind, rows[i].reply);
            if (rows[i].kind == OUTCOME_ACCEPTED)
                assert_non_null(strstr(s->o->reply, s->to));
            return;
        }
    }
    fail_msg("%s has no fate", s->to);
}

/* Sends n mails, their fates in turn, over connections; each ends as its own name says. */
static unsigned play(struct net_case *f, const char *const *fates, unsigned n, int connections)
{
    struct fates script = { .others = n - 1 };
    struct peer *p = relay_of_fates = peer_start(serve_fates, &script);
    struct smtp_settings s = net_case_relay(peer_port(p));
    g_autofree struct sent *sent = g_new0(struct sent, n);
    s.connections = connections;
    s.reply_timeout_s = 20;
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    for (unsigned i = 0, k = 0; i < n; i++, k = fates[k + 1] ? k + 1 : 0)
        send_to(f, c, &sent[i], fates[k], i);
    net_case_wait(f, n);
    smtp_client_free(c);
    unsigned seen = peer_connections(p);
    peer_stop(p);
    for (unsigned i = 0; i < n; i++) {
        check(&sent[i]);
        g_free(sent[i].to);
    }
    return seen;
}

static void each_of_many_has_its_own_answer(void **state)
{
    static const char *const fates[] = { "good",  "refused", "good", "good",  "spam",
                                         "later", "refused", "good", "later", NULL };
    assert_int_equal(play(*state, fates, 900, 3), 3); /* refusals cost no connection */
}

static void a_connection_that_is_lost_takes_one_with_it(void **state)
{
    static const char *const fates[] = { "good", "good", "good", "lost", "refused", NULL };
    unsigned connections = play(*state, fates, 300, 2);
    assert_in_range(connections, 60, 62);
}

/* More and fewer connections, again and again, with mails of older settings still waiting. */
static void settings_that_change_under_way_lose_nothing(void **state)
{
    struct net_case *f = *state;
    struct fates script = { 0 };
    struct peer *p = relay_of_fates = peer_start(serve_fates, &script);
    struct smtp_settings s = net_case_relay(peer_port(p));
    static struct sent sent[600];
    s.connections = 4;
    s.reply_timeout_s = 20;
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(sent);) {
        for (unsigned k = 0; k < 5; k++, i++)
            send_to(f, c, &sent[i], "good", i);
        net_case_wait(f, i); /* some connections are idle now */
        send_to(f, c, &sent[i], "good", i);
        i++;
        s.connections = s.connections == 4 ? 1 : 4;
        smtp_client_configure(c, &s); /* on the heels of a mail of the settings before */
    }
    net_case_wait(f, G_N_ELEMENTS(sent));
    smtp_client_free(c);
    peer_stop(p);
    for (unsigned i = 0; i < G_N_ELEMENTS(sent); i++) {
        check(&sent[i]);
        g_free(sent[i].to);
    }
}

static GBytes *make_when_told(GBytes *message, void *told)
{
    while (!g_atomic_int_get((gint *)told))
        g_thread_yield();
    return g_bytes_ref(message);
}

/* It was being signed when the settings changed, and comes when the only connection is another's.
 */
static void a_mail_of_older_settings_waits_for_no_idle_connection(void **state)
{
    struct net_case *f = *state;
    struct fates script = { 0 };
    struct peer *p = relay_of_fates = peer_start(serve_fates, &script);
    struct smtp_settings s = net_case_relay(peer_port(p));
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    gint told = 0;
    g_autoptr(GBytes) m = net_case_message(0);
    smtp_client_send(c, "desk@dss.example", "good-1@m.example", g_bytes_ref(m),
                     &(struct smtp_finish){ make_when_told, &told, NULL }, net_case_done, f);
    smtp_client_configure(c, &s);
    net_case_mail(f, c, "good-2@m.example", 0);
    net_case_wait(f, 1);
    gint64 begun = g_get_monotonic_time();
    g_atomic_int_set(&told, 1);
    net_case_wait(f, 2);
    assert_true(g_get_monotonic_time() - begun < 10 * G_USEC_PER_SEC);
    net_case_check(net_case_outcome(f, 1), OUTCOME_ACCEPTED, "good-1@");
    smtp_client_free(c);
    peer_stop(p);
}

/* The first of a connection: whether the relay is quick is not known then. */
static void nobody_waits_behind_a_message_that_is_slow(void **state)
{
    static const char *const fates[] = { "slow", "good", "good", "good", "good", "good",
                                         "good", "good", "good", "good", NULL };
    play(*state, fates, 10, 2);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        NET_CASE(each_of_many_has_its_own_answer),
        NET_CASE(a_connection_that_is_lost_takes_one_with_it),
        NET_CASE(nobody_waits_behind_a_message_that_is_slow),
        NET_CASE(settings_that_change_under_way_lose_nothing),
        NET_CASE(a_mail_of_older_settings_waits_for_no_idle_connection),
    };
    return cmocka_run_group_tests_name("smtp pool", cases, net_case_libraries, NULL);
}

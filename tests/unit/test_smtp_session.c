#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/config.h"
#include "io/smtp_session.h"

/*
 * Dialogues.  "|" ends a turn of the relay, which speaks when all that we have to say is sent; "/"
 * ends a line, on both sides.  In a turn's place: LOST, LATE, TLS (the handshake is done).
 * Mails are given as soon as there is room; what became of them is told in order, "=" is put back.
 */
struct row {
    const char *name;
    unsigned mails;
    const char *relay, *we, *results;
    int starttls;
    bool login, whole; /* whole: each turn comes in one piece */
};

#define HI "220 hi|250 relay|"
#define PIPE "220 hi|250-relay/250 PIPELINING|"
#define EHLO "EHLO us/"
#define M1 "MAIL FROM:<desk@dss.example>/"
#define R1 "RCPT TO:<1@m.example>/"
#define R2 "RCPT TO:<2@m.example>/"
#define R3 "RCPT TO:<3@m.example>/"
#define BODY "Subject: x//..two/"
#define GONE "connection lost before the message (gone)"

static const struct row rows[] = {
    { "one command at a time, where groups are not offered", 1, HI "250 a|250 b|354 c|250 ok|",
      EHLO M1 R1 "DATA/" BODY "./", "1 accepted 250 ok;", 0, 0, 0 },
    { "an envelope is one group", 1, PIPE "250 a/250 b/354 c|250 ok|", EHLO M1 R1 "DATA/" BODY "./",
      "1 accepted 250 ok;", 0, 0, 0 },
    { "the next envelope rides behind the message", 2,
      PIPE "250 a/250 b/354 c|250 one/250 a/250 b/354 c|250 two|",
      EHLO M1 R1 "DATA/" BODY "./" M1 R2 "DATA/" BODY "./",
      "1 accepted 250 one;2 accepted 250 two;", 0, 0, 0 },
    { "each has its own answer", 3,
      PIPE
      "250 a/250 b/354 c|554 spam/250 a/450 later/503 no|250 reset/250 a/250 b/354 c|252 three|",
      EHLO M1 R1 "DATA/" BODY "./" M1 R2 "DATA/RSET/" M1 R3 "DATA/" BODY "./",
      "1 refused 554 spam;2 deferred 450 later;3 accepted 252 three;", 0, 0, 0 },
    { "a refused recipient whose DATA is taken: the empty message's answer is not his", 2,
      PIPE "250 a/550 no/354 c|250 empty|250 a/250 b/354 c|250 two|",
      EHLO M1 R1 "DATA/./" M1 R2 "DATA/" BODY "./", "1 refused 550 no;2 accepted 250 two;", 0, 0,
      0 },
    { "a refused sender whose DATA is taken", 1, PIPE "451 no/503 b/354 c|554 empty|",
      EHLO M1 R1 "DATA/./", "1 deferred 451 no;", 0, 0, 0 },
    { "a refused sender leaves nothing to be reset", 2,
      PIPE "550 no/503 b/503 c|250 a/250 b/354 c|250 two|",
      EHLO M1 R1 "DATA/" M1 R2 "DATA/" BODY "./", "1 refused 550 no;2 accepted 250 two;", 0, 0, 0 },
    { "a session is kept after a refusal, without groups as well", 2,
      HI "250 a|550 no|250 reset|250 a|250 b|354 c|250 two|",
      EHLO M1 R1 "RSET/" M1 R2 "DATA/" BODY "./", "1 refused 550 no;2 accepted 250 two;", 0, 0, 0 },
    { "a refused DATA", 2, HI "250 a|250 b|554 no|250 reset|250 a|250 b|354 c|250 two|",
      EHLO M1 R1 "DATA/RSET/" M1 R2 "DATA/" BODY "./", "1 refused 554 no;2 accepted 250 two;", 0, 0,
      0 },
    { "a refused RSET: the next one is put back", 2, HI "250 a|550 no|500 what|",
      EHLO M1 R1 "RSET/" M1, "1 refused 550 no;=2;", 0, 0, 0 },
    { "a refusal is not hidden by what follows", 1, HI "250 a|550-5.1.1 no/550 such|LOST|",
      EHLO M1 R1, "1 refused 550 5.1.1 no such;", 0, 0, 0 },
    { "lost after the message is unknown", 1, HI "250 a|250 b|354 c|LOST|",
      EHLO M1 R1 "DATA/" BODY "./",
      "1 unknown 0 connection lost after the message, before the relay's answer (gone);", 0, 0, 0 },
    { "lost after the message, with another behind it: that one is put back", 2,
      PIPE "250 a/250 b/354 c|LOST|", EHLO M1 R1 "DATA/" BODY "./" M1 R2 "DATA/",
      "1 unknown 0 connection lost after the message, before the relay's answer (gone);=2;", 0, 0,
      0 },
    { "lost between two messages: the second was not begun", 2,
      PIPE "250 a/250 b/354 c|250 one|LOST|", EHLO M1 R1 "DATA/" BODY "./" M1 R2 "DATA/",
      "1 accepted 250 one;=2;", 0, 0, 0 },
    { "421 between two messages: the second was not begun", 2,
      PIPE "250 a/250 b/354 c|250 one/421 enough|", EHLO M1 R1 "DATA/" BODY "./" M1 R2 "DATA/",
      "1 accepted 250 one;=2;", 0, 0, 0 },
    { "421 after a message is about that one", 2, PIPE "250 a/250 b/354 c|421 full|",
      EHLO M1 R1 "DATA/" BODY "./" M1 R2 "DATA/", "1 deferred 421 full;=2;", 0, 0, 0 },
    { "421 to the first envelope", 1, PIPE "421 no|", EHLO M1 R1 "DATA/", "1 deferred 421 no;", 0,
      0, 0 },
    { "lost before the first message", 1, HI "250 a|LOST|", EHLO M1 R1, "1 deferred 0 " GONE ";", 0,
      0, 0 },
    { "late before the second message: it had its time", 2, PIPE "250 a/250 b/354 c|250 one|LATE|",
      EHLO M1 R1 "DATA/" BODY "./" M1 R2 "DATA/",
      "1 accepted 250 one;2 deferred 0 time ran out before the message;", 0, 0, 0 },
    { "late after the message", 1, PIPE "250 a/250 b/354 c|LATE|", EHLO M1 R1 "DATA/" BODY "./",
      "1 unknown 0 time ran out after the message, before the relay's answer;", 0, 0, 0 },
    { "half an answer is none", 1, HI "250 a|250 b|354 c|250-one/250-two/|LOST|",
      EHLO M1 R1 "DATA/" BODY "./",
      "1 unknown 0 connection lost after the message, before the relay's answer (gone);", 0, 0, 0 },
    { "3xx to the message is no answer", 1, HI "250 a|250 b|354 c|354 more|",
      EHLO M1 R1 "DATA/" BODY "./",
      "1 unknown 0 connection given up after the message, before the relay's answer (an answer "
      "that makes "
      "no sense here: 354 more);",
      0, 0, 0 },
    { "a 250 to DATA takes no message", 1, HI "250 a|250 b|250 c|", EHLO M1 R1 "DATA/",
      "1 deferred 0 connection given up before the message (an answer to DATA that takes no "
      "message: 250 c);",
      0, 0, 0 },
    { "354 to RCPT takes no message", 1, HI "250 a|354 b|", EHLO M1 R1,
      "1 deferred 0 connection given up before the message (an answer that makes no sense here: "
      "354 b);",
      0, 0, 0 },
    { "an answer before the question", 1, "220 hi/250 relay|", "",
      "1 deferred 0 connection given up before the message (an answer before the question: 250 "
      "relay);",
      0, 0, true },
    { "an answer to the message that comes with the 354", 1, HI "250 a|250 b|354 c/250 ok|",
      EHLO M1 R1 "DATA/",
      "1 deferred 0 connection given up inside the message, which is incomplete (an answer before "
      "the "
      "question: 250 ok);",
      0, 0, true },
    { "a refusal that comes with the 354 is one", 1, HI "250 a|250 b|354 c/552 no|",
      EHLO M1 R1 "DATA/", "1 refused 552 no;", 0, 0, true },
    { "one answer too many in a group ends the session before it shifts the others", 2,
      PIPE "250 a/250 b/250 x/354 c|", EHLO M1 R1 "DATA/",
      "1 deferred 0 connection given up before the message (an answer to DATA that takes no "
      "message: 250 x);",
      0, 0, 0 },
    { "421 while idle", 1, HI "250 a|250 b|354 c|250 ok|421 idle too long|",
      EHLO M1 R1 "DATA/" BODY "./", "1 accepted 250 ok;", 0, 0, 0 },
    { "530 is about our login", 1, HI "530 log in|", EHLO M1, "1 deferred 530 log in;", 0, 0, 0 },
    { "HELO where EHLO is not known", 1, "220 hi|502 what|250 relay|250 a|250 b|354 c|250 ok|",
      EHLO "HELO us/" M1 R1 "DATA/" BODY "./", "1 accepted 250 ok;", 0, 0, 0 },
    { "a greeting of no welcome", 1, "554 go away|", "", "1 deferred 554 go away;", 0, 0, 0 },
    { "EHLO later", 1, "220 hi|451 later|", EHLO, "1 deferred 451 later;", 0, 0, 0 },
    { "sizes are told, and that a bounce needs no text", 1,
      "220 hi|250-relay/250-size 1000/250 DSN|250 a|250 b|354 c|250 ok|",
      EHLO "MAIL FROM:<desk@dss.example> SIZE=20 RET=HDRS/" R1 "DATA/" BODY "./",
      "1 accepted 250 ok;", 0, 0, 0 },
    { "nobody logs in where nobody can", 1, HI "250 a|250 b|354 c|250 ok|",
      EHLO M1 R1 "DATA/" BODY "./", "1 accepted 250 ok;", 0, true, 0 },
    { "PLAIN", 1, "220 hi|250 AUTH LOGIN PLAIN|334 |235 ok|250 a|250 b|354 c|250 ok|",
      EHLO "AUTH PLAIN/AG1lAHNlY3JldA==/" M1 R1 "DATA/" BODY "./", "1 accepted 250 ok;", 0, true,
      0 },
    { "LOGIN", 1,
      "220 hi|250 AUTH=LOGIN|334 VXNlcm5hbWU6|334 UGFzc3dvcmQ6|235 ok|250 a|250 b|354 c|250 ok|",
      EHLO "AUTH LOGIN/bWU=/c2VjcmV0/" M1 R1 "DATA/" BODY "./", "1 accepted 250 ok;", 0, true, 0 },
    { "a wrong password", 1, "220 hi|250 AUTH PLAIN|334|535 5.7.8 no|",
      EHLO "AUTH PLAIN/AG1lAHNlY3JldA==/", "1 deferred 535 5.7.8 no;", 0, true, 0 },
    { "a login that asks again", 1, "220 hi|250 AUTH PLAIN|334|334 more|",
      EHLO "AUTH PLAIN/AG1lAHNlY3JldA==/",
      "1 deferred 0 connection given up before the message (an answer that makes no sense here: "
      "334 more);",
      0, true, 0 },
    { "no way to log in that we know", 1, "220 hi|250 AUTH CRAM-MD5|", EHLO,
      "1 deferred 0 refused the login: it offers neither PLAIN nor LOGIN;", 0, true, 0 },
    { "STARTTLS, and all is asked again", 1,
      "220 hi|250-STARTTLS/250 PIPELINING|220 go|TLS|250 relay|250 a|250 b|354 c|250 ok|",
      EHLO "STARTTLS/" EHLO M1 R1 "DATA/" BODY "./", "1 accepted 250 ok;", TLS_REQUIRED, 0, 0 },
    { "STARTTLS is done without", 1, HI "250 a|250 b|354 c|250 ok|", EHLO M1 R1 "DATA/" BODY "./",
      "1 accepted 250 ok;", TLS_OPTIONAL, 0, 0 },
    { "STARTTLS that is refused is done without", 1,
      "220 hi|250 STARTTLS|454 not now|250 a|250 b|354 c|250 ok|",
      EHLO "STARTTLS/" M1 R1 "DATA/" BODY "./", "1 accepted 250 ok;", TLS_OPTIONAL, 0, 0 },
    { "STARTTLS that is required and refused", 1, "220 hi|250 STARTTLS|454 not now|",
      EHLO "STARTTLS/", "1 deferred 454 not now;", TLS_REQUIRED, 0, 0 },
    { "STARTTLS that is required and not offered", 1, HI, EHLO,
      "1 deferred 0 does not offer STARTTLS, which is required; nothing was sent;", TLS_REQUIRED, 0,
      0 },
    { "no HELO gets round STARTTLS", 1, "220 hi|502 what|250 relay|", EHLO "HELO us/",
      "1 deferred 0 does not offer STARTTLS, which is required; nothing was sent;", TLS_REQUIRED, 0,
      0 },
    { "what is said between STARTTLS and the handshake is nobody's", 1,
      "220 hi|250 STARTTLS|220 go/250 PIPELINING|", EHLO "STARTTLS/",
      "1 deferred 0 failed, nothing was sent: it said more before the handshake;", TLS_REQUIRED, 0,
      true },
};

/* --- playing one --- */

static const char message[] = "Subject: x\r\n\r\n.two\r\n";

struct play {
    struct smtp_session *session;
    GBytes *message;
    GString *said, *results;
    char *to[4];
    unsigned given, wanted;
};

static struct smtp_relay *relay_of(const struct row *row)
{
    return smtp_relay_new(&(struct smtp_settings){ .host = "relay.example",
                                                   .port = 25,
                                                   .starttls = row->starttls,
                                                   .user = row->login ? "me" : "",
                                                   .password = "secret",
                                                   .hello = "us" });
}

static void begin(struct play *p, const struct row *row)
{
    struct smtp_relay *r = relay_of(row);
    *p = (struct play){ .session = smtp_session_new(r), .wanted = row->mails };
    smtp_relay_unref(r);
    p->message = g_bytes_new_static(message, sizeof message - 1);
    p->said = g_string_new(NULL);
    p->results = g_string_new(NULL);
    for (unsigned i = 1; i < G_N_ELEMENTS(p->to); i++)
        p->to[i] = g_strdup_printf("%u@m.example", i);
}

static void end(struct play *p)
{
    smtp_session_free(p->session);
    g_bytes_unref(p->message);
    g_string_free(p->said, TRUE);
    g_string_free(p->results, TRUE);
    for (unsigned i = 1; i < G_N_ELEMENTS(p->to); i++)
        g_free(p->to[i]);
}

/* Our sentences without the relay's name, which all of them have. */
static void note_results(struct play *p)
{
    struct smtp_result r;
    while (smtp_session_result(p->session, &r)) {
        unsigned n = GPOINTER_TO_UINT(r.job);
        if (!r.outcome) {
            g_string_append_printf(p->results, "=%u;", n);
            continue;
        }
        const char *name = strstr(r.outcome->reply, "relay relay.example:25");
        const char *text = name ? name + strlen("relay relay.example:25") : r.outcome->reply;
        text += strspn(text, ": ");
        if (r.outcome->code)
            text = r.outcome->reply + 4;
        g_string_append_printf(p->results, "%u %s %d %s;", n, outcome_names[r.outcome->kind],
                               r.outcome->code, text);
        outcome_free(r.outcome);
    }
}

/* Sends, up to max bytes, what there is to say; gives mails. */
static void say(struct play *p, gsize max)
{
    gsize len;
    const char *bytes;
    note_results(p);
    while (p->given < p->wanted && smtp_session_has_room(p->session)) {
        unsigned n = ++p->given;
        struct smtp_mail m = { "desk@dss.example", p->to[n], p->message, GUINT_TO_POINTER(n) };
        smtp_session_mail(p->session, &m);
    }
    while (max > 0 && (bytes = smtp_session_output(p->session, &len))) {
        len = MIN(len, max);
        g_string_append_len(p->said, bytes, (gssize)len);
        smtp_session_sent(p->session, len);
        max -= len;
    }
}

static void hear(struct play *p, const char *turn, gsize len, gsize cut)
{
    if (strcmp(turn, "LOST\r\n") == 0) {
        smtp_session_lost(p->session, "gone");
    } else if (strcmp(turn, "LATE\r\n") == 0) {
        smtp_session_late(p->session);
    } else if (strcmp(turn, "TLS\r\n") == 0) {
        assert_int_equal(smtp_session_want(p->session), SMTP_SHAKE_HANDS);
        smtp_session_shaken(p->session);
    } else {
        for (gsize at = 0; at < len; say(p, G_MAXSIZE)) {
            gsize piece = cut == 0 ? 1 : at < cut ? MIN(cut, len) - at : len - at;
            smtp_session_input(p->session, turn + at, piece);
            at += piece;
        }
    }
}

static char *lines_of(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "/", -1);
    return g_strjoinv("\r\n", lines);
}

/* Each turn of the relay comes in two pieces, the first of cut bytes; 0: byte by byte. */
static void play(const struct row *row, gsize cut)
{
    struct play p;
    begin(&p, row);
    g_auto(GStrv) turns = g_strsplit(row->relay, "|", -1);
    say(&p, G_MAXSIZE);
    for (char **t = turns; t[0] && t[1]; t++) {
        g_autofree char *lines = lines_of(*t);
        g_autofree char *turn =
            g_strconcat(lines, g_str_has_suffix(lines, "\n") ? "" : "\r\n", NULL);
        hear(&p, turn, strlen(turn), cut);
        say(&p, G_MAXSIZE);
    }
    g_autofree char *we = lines_of(row->we);
    assert_string_equal(p.said->str, we);
    assert_string_equal(p.results->str, row->results);
    end(&p);
}

static void run_row(void **state)
{
    const struct row *row = *state;
    gsize longest = strlen(row->relay) * 2;
    play(row, longest);
    for (gsize cut = 0; cut < longest && !row->whole; cut++)
        play(row, cut);
}

/* --- what no dialogue shows --- */

/* Two messages in a row, lost after each number of bytes that the kernel took. */
static void unknown_begins_with_the_last_byte_of_the_message(void **state)
{
    (void)state;
    const struct row row = { .mails = 2 };
    static const char body[] = "Subject: x\r\n\r\n..two\r\n.\r\n";
    static const char behind[] =
        "MAIL FROM:<desk@dss.example>\r\nRCPT TO:<2@m.example>\r\nDATA\r\n";
    gsize whole = sizeof body - 1;
    for (gsize sent = 0; sent <= whole + sizeof behind - 1; sent++) {
        struct play p;
        begin(&p, &row);
        say(&p, G_MAXSIZE);
        hear(&p, "220 hi\r\n", 8, 8);
        hear(&p, "250 PIPELINING\r\n", 16, 16);
        g_string_truncate(p.said, 0);
        smtp_session_input(p.session, "250 a\r\n250 b\r\n354 c\r\n", 21);
        say(&p, sent);
        smtp_session_lost(p.session, "gone");
        note_results(&p);
        g_autofree char *all = g_strconcat(body, behind, NULL);
        assert_memory_equal(p.said->str, all, sent);
        assert_true(
            g_str_has_prefix(p.results->str, sent < whole ? "1 deferred 0" : "1 unknown 0"));
        assert_true(g_str_has_suffix(p.results->str, ";=2;"));
        end(&p);
    }
}

/* The relay refuses in the middle, and hears no more of it. */
static void a_refusal_in_the_middle_of_a_message_counts(void **state)
{
    (void)state;
    const struct row row = { .mails = 2 };
    struct play p;
    begin(&p, &row);
    say(&p, G_MAXSIZE);
    hear(&p, "220 hi\r\n", 8, 8);
    hear(&p, "250 PIPELINING\r\n", 16, 16);
    smtp_session_input(p.session, "250 a\r\n250 b\r\n354 c\r\n", 21);
    say(&p, 5);
    smtp_session_input(p.session, "552 too", 7);
    gsize len;
    assert_null(smtp_session_output(p.session, &len)); /* it is speaking */
    smtp_session_input(p.session, " large\r\n", 8);
    note_results(&p);
    assert_string_equal(p.results->str, "1 refused 552 too large;=2;");
    assert_int_equal(smtp_session_want(p.session), SMTP_HANG_UP);
    assert_null(smtp_session_output(p.session, &len));
    end(&p);
}

static void a_reply_without_an_end_is_cut_off(void **state)
{
    (void)state;
    const struct row row = { .mails = 1 };
    static const char *const endless[] = { "250-and more\r\n", "x", "\r\n" };
    for (gsize i = 0; i < G_N_ELEMENTS(endless); i++) {
        struct play p;
        begin(&p, &row);
        say(&p, G_MAXSIZE);
        unsigned n = 0;
        for (; n < 100000 && smtp_session_want(p.session) == SMTP_TALK; n++)
            smtp_session_input(p.session, endless[i], strlen(endless[i]));
        assert_true(n * strlen(endless[i]) <= 65536 + 16);
        note_results(&p);
        assert_non_null(
            strstr(p.results->str, "1 deferred 0 connection lost before the message (Too large"));
        end(&p);
    }
}

static void the_password_stays_nowhere(void **state)
{
    (void)state;
    const struct row row = { .mails = 1, .login = true };
    struct play p;
    gsize len;
    begin(&p, &row);
    say(&p, G_MAXSIZE);
    hear(&p, "220 hi\r\n", 8, 8);
    hear(&p, "250 AUTH PLAIN\r\n", 16, 16);
    smtp_session_input(p.session, "334 \r\n", 6);
    const char *secret = smtp_session_output(p.session, &len);
    assert_memory_equal(secret, "AG1lAHNlY3JldA==\r\n", len);
    smtp_session_sent(p.session, len);
    assert_int_equal(secret[5], '\0');
    end(&p);
}

static void quit_is_said_by_who_has_nothing_to_do(void **state)
{
    (void)state;
    const struct row row = { .mails = 1 };
    struct play p;
    begin(&p, &row);
    say(&p, G_MAXSIZE);
    hear(&p, "220 hi\r\n", 8, 8);
    hear(&p, "250 PIPELINING\r\n", 16, 16);
    hear(&p, "250 a\r\n250 b\r\n354 c\r\n", 21, 21);
    assert_true(smtp_session_is_busy(p.session));
    hear(&p, "250 ok\r\n", 8, 8);
    assert_false(smtp_session_is_busy(p.session));
    smtp_session_quit(p.session);
    say(&p, G_MAXSIZE);
    assert_true(g_str_has_suffix(p.said->str, ".\r\nQUIT\r\n"));
    assert_int_equal(smtp_session_want(p.session), SMTP_HANG_UP);
    end(&p);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(unknown_begins_with_the_last_byte_of_the_message),
        cmocka_unit_test(a_refusal_in_the_middle_of_a_message_counts),
        cmocka_unit_test(a_reply_without_an_end_is_cut_off),
        cmocka_unit_test(the_password_stays_nowhere),
        cmocka_unit_test(quit_is_said_by_who_has_nothing_to_do),
    };
    struct CMUnitTest cases[G_N_ELEMENTS(rows) + G_N_ELEMENTS(others)];
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        cases[i] = (struct CMUnitTest){ rows[i].name, run_row, NULL, NULL, (void *)&rows[i] };
    memcpy(cases + G_N_ELEMENTS(rows), others, sizeof others);
    return cmocka_run_group_tests_name("smtp_session", cases, NULL, NULL);
}

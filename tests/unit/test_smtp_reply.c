#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/smtp_reply.h"

/* '|' separates lines; '*' is where the session is up. */
static const struct row {
    const char *name, *lines;
    enum smtp_stage stage;
    enum outcome_kind kind;
    int code;
    const char *reply;
} rows[] = {
    { "the reply to the body counts, not that to QUIT", "220 hi|*|250 a|250 b|354 c|250 ok|221 bye",
      SMTP_BODY_SENT, OUTCOME_ACCEPTED, 250, "250 ok" },
    { "a refusal is not hidden by the reply to QUIT", "220 hi|*|250 a|550 no|221 bye",
      SMTP_ENVELOPE, OUTCOME_REFUSED, 550, "550 no" },
    { "a refused EHLO before a good HELO is forgotten", "220 hi|502 what|250 a|*|250 b",
      SMTP_ENVELOPE, OUTCOME_DEFERRED, 0, "lost" },
    { "nothing said", "", SMTP_SESSION, OUTCOME_DEFERRED, 0, "lost" },
    { "lost after the body", "*|250 a|250 b|354 c", SMTP_BODY_SENT, OUTCOME_UNKNOWN, 0, "lost" },
    { "lost inside the body", "*|250 a|250 b|354 c", SMTP_BODY, OUTCOME_DEFERRED, 0, "lost" },
    { "a 354 before the session is about nothing", "354 c|250 a|*|250 b", SMTP_ENVELOPE,
      OUTCOME_DEFERRED, 0, "lost" },
    { "nothing is accepted before all of it was sent", "*|250 a|354 c|250 ok", SMTP_BODY,
      OUTCOME_DEFERRED, 0, "lost" },
    { "codes without text", "*|250|250|354|250", SMTP_BODY_SENT, OUTCOME_ACCEPTED, 250, "250" },
    { "lines are folded", "*|250 a|550-5.1.1 one|550-two|550 three", SMTP_ENVELOPE, OUTCOME_REFUSED,
      550, "550 5.1.1 one two three" },
    { "what is not a reply is passed over", "*|250 a||hello|25|2x0 b|550 no", SMTP_ENVELOPE,
      OUTCOME_REFUSED, 550, "550 no" },
    { "a 4xx is about now", "*|250 a|450 later", SMTP_ENVELOPE, OUTCOME_DEFERRED, 450,
      "450 later" },
    { "a login is about the relay", "*|530 log in", SMTP_ENVELOPE, OUTCOME_DEFERRED, 530,
      "530 log in" },
    { "a greeting is about the relay", "554 go away", SMTP_SESSION, OUTCOME_DEFERRED, 554,
      "554 go away" },
};

static void run_row(void **state)
{
    const struct row *row = *state;
    struct smtp_reply r;
    smtp_reply_init(&r);
    g_auto(GStrv) lines = g_strsplit(row->lines, "|", -1);
    for (char **l = lines; *l; l++) {
        if (strcmp(*l, "*") == 0) {
            r.session = TRUE;
        } else {
            g_autofree char *line = g_strconcat(*l, "\r\n", NULL);
            smtp_reply_line(&r, line, strlen(line));
        }
    }
    struct smtp_end end = { row->stage, "lost" };
    struct outcome *o = smtp_reply_outcome(&r, &end);
    assert_int_equal(o->kind, row->kind);
    assert_int_equal(o->code, row->code);
    assert_string_equal(o->reply, row->reply);
    outcome_free(o);
    smtp_reply_clear(&r);
}

static void endless_reply_is_bounded(void **state)
{
    (void)state;
    struct smtp_reply r;
    smtp_reply_init(&r);
    g_autofree char *filler = g_strnfill(5000, 'x');
    g_autofree char *line = g_strconcat("550-", filler, "\r\n", NULL);
    for (int i = 0; i < 1000; i++) {
        smtp_reply_line(&r, line, strlen(line));
    }
    assert_true(r.partial->len < 3 * OUTCOME_REPLY_MAX);
    smtp_reply_clear(&r);
}

int main(void)
{
    struct CMUnitTest cases[G_N_ELEMENTS(rows) + 1];
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        cases[i] = (struct CMUnitTest){ rows[i].name, run_row, NULL, NULL, (void *)&rows[i] };
    }
    cases[G_N_ELEMENTS(rows)] = (struct CMUnitTest)cmocka_unit_test(endless_reply_is_bounded);
    return cmocka_run_group_tests_name("smtp_reply", cases, NULL, NULL);
}

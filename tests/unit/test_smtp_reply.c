#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/smtp_reply.h"
#include "model/outcome.h"

/* What came, and the whole replies that it was, one after the other; the rest is none yet. */
static const struct row {
    const char *name, *bytes, *replies;
} rows[] = {
    { "a line is a reply", "250 2.0.0 Ok: queued as 4F1\r\n", "250=250 2.0.0 Ok: queued as 4F1;" },
    { "lines are folded", "550-5.1.1 one\r\n550-two\r\n550 three\r\n",
      "550=550 5.1.1 one two three;" },
    { "codes without text", "250\r\n354\r\n", "250=250;354=354;" },
    { "a line feed is enough", "250 a\n250-b\n250 c\n", "250=250 a;250=250 b c;" },
    { "a reply that breaks off is none", "250-first\r\n250-second\r\n", "" },
    { "a line that breaks off is none", "250 first", "" },
    { "what is no reply is passed over",
      "\r\nhello\r\n25\r\n2x0 b\r\n250_c\r\n199 d\r\n650 e\r\n550 no\r\n", "550=550 no;" },
    { "a line within a reply that is none is passed over", "250-a\r\nhello\r\n250 b\r\n",
      "250=250 a b;" },
    { "of lines that disagree the largest code counts",
      "250-taken\r\n550-not taken\r\n250 taken\r\n", "550=550 taken not taken taken;" },
    { "bytes that mean nothing", "\x01\xff\x1b[2J\r\n\x80\r\n220 hi\r\n", "220=220 hi;" },
};

/* The replies in bytes that come in pieces of so many. */
static char *replies_of(const char *bytes, size_t len, size_t piece)
{
    GString *seen = g_string_new(NULL);
    struct smtp_reply r;
    smtp_reply_init(&r);
    for (size_t at = 0; at < len;) {
        size_t end = MIN(at + piece, len);
        while (at < end) {
            at += smtp_reply_take(&r, bytes + at, end - at, NULL, NULL);
            if (r.whole)
                g_string_append_printf(seen, "%d=%s;", r.code, r.text->str);
        }
    }
    smtp_reply_clear(&r);
    return g_string_free(seen, FALSE);
}

static void run_row(void **state)
{
    const struct row *row = *state;
    size_t len = strlen(row->bytes);
    for (size_t piece = 1; piece <= len; piece++) {
        g_autofree char *seen = replies_of(row->bytes, len, piece);
        assert_string_equal(seen, row->replies);
    }
}

static void count_line(const char *line, size_t len, void *ctx)
{
    GString *seen = ctx;
    g_string_append_printf(seen, "%.*s;", (int)len, line);
}

static void lines_are_told_without_their_code(void **state)
{
    (void)state;
    const char *bytes = "250-relay.example\r\n250-SIZE 1000\r\n250\r\n";
    struct smtp_reply r;
    g_autoptr(GString) seen = g_string_new(NULL);
    smtp_reply_init(&r);
    for (size_t at = 0; bytes[at];)
        at += smtp_reply_take(&r, bytes + at, strlen(bytes + at), count_line, seen);
    assert_string_equal(seen->str, "relay.example;SIZE 1000;;");
    smtp_reply_clear(&r);
}

static void check_bound(const char *line)
{
    struct smtp_reply r;
    smtp_reply_init(&r);
    size_t told = 0, len = strlen(line);
    for (int i = 0; i < 1000; i++)
        told += smtp_reply_take(&r, line, len, NULL, NULL);
    assert_int_equal(r.bytes, told);
    assert_int_equal(told, 1000 * len);
    assert_true(r.text->allocated_len + r.line->allocated_len < 16 * SMTP_REPLY_LINE_MAX);
    smtp_reply_clear(&r);
}

static void what_is_kept_of_an_endless_reply_is_bounded(void **state)
{
    (void)state;
    g_autofree char *filler = g_strnfill(5000, 'x');
    g_autofree char *line = g_strconcat("550-", filler, "\r\n", NULL);
    check_bound(line);
    check_bound(filler);
    check_bound("250-\r\n");
}

int main(void)
{
    struct CMUnitTest cases[G_N_ELEMENTS(rows) + 2];
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        cases[i] = (struct CMUnitTest){ rows[i].name, run_row, NULL, NULL, (void *)&rows[i] };
    cases[G_N_ELEMENTS(rows)] =
        (struct CMUnitTest)cmocka_unit_test(lines_are_told_without_their_code);
    cases[G_N_ELEMENTS(rows) + 1] =
        (struct CMUnitTest)cmocka_unit_test(what_is_kept_of_an_endless_reply_is_bounded);
    return cmocka_run_group_tests_name("smtp_reply", cases, NULL, NULL);
}

#include "base/text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct row {
    const char *name, *in, *want;
} printable[] = {
    { "plain text stays", "Consulate of São Paulo, 東京", "Consulate of São Paulo, 東京" },
    { "an escape sequence shows itself", "\033[31mred", "\\x1b[31mred" },
    { "newline and tab", "a\r\n\tb", "a\\x0d\\x0a\\x09b" },
    { "DEL", "a\177", "a\\x7f" },
    { "C1 control", "a\302\233b", "a\\u{009b}b" },
    { "line and paragraph separator", "\342\200\250\342\200\251", "\\u{2028}\\u{2029}" },
    { "right-to-left override", "exe\342\200\256txt", "exe\\u{202e}txt" },
    { "isolate", "\342\201\246x", "\\u{2066}x" },
    { "marks of direction", "\330\234\342\200\216\342\200\217", "\\u{061c}\\u{200e}\\u{200f}" },
    { "a byte that is no UTF-8", "a\377b", "a\\xffb" },
    { "a sequence cut short", "a\342\200", "a\\xe2\\x80" },
    { "an overlong slash", "\300\257", "\\xc0\\xaf" },
    { "a surrogate", "\355\240\200", "\\xed\\xa0\\x80" },
    { "nothing", "", "" },
}, clean[] = {
    { "newlines become one blank", "a\r\n\r\nb", "a b" },
    { "blanks at the ends go", " \t a  b \n", "a b" },
    { "controls separate", "a\001b\302\205c\342\200\250d", "a b c d" },
    { "overrides go", "a\342\200\256b", "ab" },
    { "marks that Arabic needs stay", "\330\247\342\200\217.", "\330\247\342\200\217." },
    { "invalid bytes are replaced", "a\377b", "a\357\277\275b" },
    { "only blanks", " \n ", "" },
};

static void printable_text_cannot_act(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(printable); i++) {
        print_message("  %s\n", printable[i].name);
        g_autofree char *got = text_printable(printable[i].in, -1);
        assert_string_equal(got, printable[i].want);
    }
    g_autofree char *with_nul = text_printable("a\0b", 3);
    assert_string_equal(with_nul, "a\\x00b");
    g_autofree char *cut = text_printable("\303\251", 1);
    assert_string_equal(cut, "\\xc3");
}

static void clean_line_is_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(clean); i++) {
        print_message("  %s\n", clean[i].name);
        g_autofree char *got = text_clean_line(clean[i].in);
        assert_string_equal(got, clean[i].want);
        if (text_is_plain_line(clean[i].in)) /* then nothing was to be done */
            assert_string_equal(clean[i].in, clean[i].want);
    }
    assert_true(text_is_plain_line("Consulate General, Chicago"));
    const char *const others[] = { "", " a", "a ", "a  b", "a\tb", "a\nb", "a\x7f", "\u00e9" };
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        assert_false(text_is_plain_line(others[i]));
}

static void validity_and_controls_are_judged(void **state)
{
    (void)state;
    assert_true(text_is_valid("a\tb\r\né", -1));
    assert_false(text_is_valid("a\033", -1));
    assert_false(text_is_valid("a\302\205", -1));
    assert_false(text_is_valid("a\177", -1));
    assert_false(text_is_valid("\377", -1));
    assert_false(text_is_valid("a\0b", 3));
    assert_true(text_is_valid("a\0b", 1));
    assert_false(text_has_control("a é"));
    assert_true(text_has_control("a\tb"));
    assert_true(text_has_control("a\n"));
    assert_true(text_has_control("\302\205"));
    assert_true(text_has_control("\205"));
}

static void ellipsis_counts_and_splits_no_character(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        size_t max;
        const char *want;
    } rows[] = {
        { "short", 5, "short" },
        { "longer", 5, "long…" },
        { "ééé", 2, "é…" },
        { "a", 0, "" },
        { "ab", 1, "…" },
        { "", 3, "" },
        { "ae\314\201b", 3, "a…" }, /* the accent would have stood alone, without its e */
        { "a\377b", 3, "a\357\277\275b" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = text_ellipsize(rows[i].in, rows[i].max);
        assert_string_equal(got, rows[i].want);
    }
}

static void a_near_word_is_found(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "max_body_bytes", "idle_s", "host", "port", "urgency", NULL
    };
    static const struct {
        const char *name, *word, *want;
    } rows[] = {
        { "one letter too many", "hoost", "host" },
        { "two letters changed places", "prot", "port" },
        { "three slips in a long word", "mx_boddy_byts", "max_body_bytes" },
        { "capitals do not count", "URGENCY", "urgency" },
        { "exactly it", "idle_s", "idle_s" },
        { "too far in a short word", "pots_x", NULL },
        { "nothing like it", "retention", NULL },
        { "a word too short to judge", "po", NULL },
        { "empty", "", NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        print_message("  %s\n", rows[i].name);
        const char *got = text_did_you_mean(rows[i].word, keys);
        if (rows[i].want)
            assert_string_equal(got, rows[i].want);
        else
            assert_null(got);
    }
    g_autofree char *endless = g_strnfill(100000, 'a');
    assert_null(text_did_you_mean(endless, keys));
}

static void mailboxes_are_judged(void **state)
{
    (void)state;
    static const char *const good[] = { "a@b", "duty@consulate.example",
                                        "o'neill+x=y@mail-1.example",
                                        "first.last@sub.domain.example", "x@123.example" };
    static const char *const bad[] = {
        "",
        "a",
        "@b",
        "a@",
        "a@b@c",
        "a b@c",
        "a@b c",
        "a\r\nRCPT TO:<x@y>@c",
        "a@b\n",
        ".a@b",
        "a.@b",
        "a..b@c",
        "\"a\"@b",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "a@-b.example",
        "a@b-.example",
        "a@b..example",
        "a@b.example.",
        "a@b_c.example",
        "<a@b>",
        "é@b.example",
        "a@é.example",
        "a(c)@b",
        "a,b@c",
        "a@b\t",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++)
        assert_true(text_is_mailbox(good[i], NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        const char *why = NULL;
        print_message("  %s\n", bad[i]);
        assert_false(text_is_mailbox(bad[i], &why));
        assert_non_null(why);
    }
}

static void mailbox_lengths_are_bounded(void **state)
{
    (void)state;
    g_autofree char *l64 = g_strnfill(64, 'l'), *d63 = g_strnfill(63, 'd');
    g_autofree char *d61 = g_strnfill(61, 'e'), *d60 = g_strnfill(60, 'e');
    /* 64 + 1 + 63 + 1 + 63 + 1 + 61 = 254 */
    g_autofree char *longest = g_strdup_printf("%s@%s.%s.%s", l64, d63, d63, d61);
    g_autofree char *over = g_strdup_printf("%s@%s.%s.%s.e", l64, d63, d63, d60);
    g_autofree char *local65 = g_strdup_printf("l%s@b.example", l64);
    g_autofree char *label64 = g_strdup_printf("a@d%s.example", d63);
    const char *why = NULL;
    assert_true(text_is_mailbox(longest, NULL));
    assert_false(text_is_mailbox(over, &why));
    assert_string_equal(why, "the address is longer than 254 characters");
    assert_false(text_is_mailbox(local65, &why));
    assert_string_equal(why, "the part before the @ is longer than 64 characters");
    assert_false(text_is_mailbox(label64, &why));
    assert_string_equal(why, "the domain has a label longer than 63 characters");
}

static void a_cut_keeps_within_its_bytes_and_splits_no_character(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
        size_t max;
    } cuts[] = {
        { "short", "short", 5 }, { "longer", "lo…", 5 },      { "ééé", "é…", 5 },
        { "東京都", "…", 5 },    { "東京都庁", "東京…", 10 }, { "", "", 3 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cuts); i++) {
        g_autofree char *got = text_cut(cuts[i].in, cuts[i].max);
        if (strcmp(got, cuts[i].want) != 0 || strlen(got) > cuts[i].max)
            fail_msg("%s: %s", cuts[i].in, got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printable_text_cannot_act),
        cmocka_unit_test(clean_line_is_one_line),
        cmocka_unit_test(validity_and_controls_are_judged),
        cmocka_unit_test(ellipsis_counts_and_splits_no_character),
        cmocka_unit_test(a_cut_keeps_within_its_bytes_and_splits_no_character),
        cmocka_unit_test(a_near_word_is_found),
        cmocka_unit_test(mailboxes_are_judged),
        cmocka_unit_test(mailbox_lengths_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

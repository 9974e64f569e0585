#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>
#include <glib.h>

#include "model/lookalike.h"

static const struct row {
    const char *name, *one, *other;
    bool alike;
} rows[] = {
    { "case and punctuation", "Not a DRILL!", "not, a drill", true },
    { "accents", "exercício", "EXERCICIO", true },
    { "apostrophes of both kinds are gaps", "isn’t", "isn't", true },
    { "Cyrillic capitals", "ТЕЅТ", "test", true },
    { "Greek capitals", "ΤΕSΤ", "test", true },
    { "small capitals", "ᴛᴇꜱᴛ", "test", true },
    { "wide letters", "TEST", "test", true },
    { "a zero-width space", "te\xe2\x80\x8bst", "test", true },
    { "a zero-width joiner", "te\xe2\x80\x8dst", "test", true },
    { "a word joiner and a mark of order", "\xef\xbb\xbfte\xe2\x81\xa0st", "test", true },
    { "a soft hyphen", "te\xc2\xadst", "test", true },
    { "a combining mark that nobody sees", "te\xcd\x8fst", "test", true },
    { "an overlay through every letter",
      "t\xcc\xb6"
      "e\xcc\xb6st",
      "test", true },
    { "one, ell and i", "DR1LL", "drill", true },
    { "vowel signs and a drawn-out letter", "هـذا تدريبٌ", "هذا تدريب", true },
    { "another word", "test", "text", false },
    { "a word that goes on", "drill", "drilling", false },
    { "two words and one", "a drill", "adrill", false },
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *one = lookalike_words(rows[i].one),
                        *other = lookalike_words(rows[i].other);
        if (g_str_equal(one, other) != rows[i].alike)
            fail_msg("%s: “%s” and “%s”", rows[i].name, one, other);
    }
}

static void test_blanks_around(void **state)
{
    (void)state;
    g_autofree char *words = lookalike_words("  So, no! "),
                    *nothing = lookalike_words("\xe2\x80\x8b");
    assert_string_equal(words, " so no ");
    assert_string_equal(nothing, " ");
}

/* ASCII goes a shorter way, which what is not seen at the end spares it. */
static void test_ascii_is_as_any_other_text(void **state)
{
    (void)state;
    for (int c = 1; c < 128; c++) {
        for (int d = 1; d < 128; d++) {
            const char text[] = { 'x', (char)c, (char)d, 'Y', '\0' };
            g_autofree char *longer = g_strconcat(text, "\xe2\x80\x8b", NULL);
            g_autofree char *one = lookalike_words(text), *other = lookalike_words(longer);
            if (!g_str_equal(one, other))
                fail_msg("%d %d: “%s” and “%s”", c, d, one, other);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_blanks_around),
        cmocka_unit_test(test_ascii_is_as_any_other_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

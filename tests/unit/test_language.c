#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <glib.h>

#include "wire/language.h"

static const struct row {
    const char *tag, *want; /* NULL: it has not the shape */
} rows[] = {
    { "en", "en" },
    { "EN", "en" },
    { "haw", "haw" },
    { "ES-mx", "es-MX" },
    { "es-419", "es-419" },
    { "zh-hant", "zh-Hant" },
    { "ZH-HANT-TW", "zh-Hant-TW" },
    { "sl-ROZAJ-biske", "sl-rozaj-biske" },
    { "", NULL },
    { "e", NULL },
    { "engl", NULL },
    { "e1", NULL },
    { "en-", NULL },
    { "-en", NULL },
    { "en--US", NULL },
    { "en_US", NULL },
    { "en-U", NULL },
    { "en-abcdefghi", NULL },
    { "en-\xC3\xA9t", NULL },
    { " en", NULL },
    { "en-abcdefgh-abcdefgh-abcdefgh-abcde", "en-abcdefgh-abcdefgh-abcdefgh-abcde" },
    { "en-abcdefgh-abcdefgh-abcdefgh-abcdef", NULL },
};

static void tags_have_one_spelling(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = language_canonical(rows[i].tag);
        if (g_strcmp0(got, rows[i].want) != 0)
            fail_msg("\"%s\": %s instead of %s", rows[i].tag, got ? got : "none",
                     rows[i].want ? rows[i].want : "none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(tags_have_one_spelling) };
    return cmocka_run_group_tests_name("language tags", tests, NULL, NULL);
}

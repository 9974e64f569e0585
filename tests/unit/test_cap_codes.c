#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "model/broadcast.h"
#include "wire/cap_codes.h"
#include "wire/cap_words.h"

static void test_codes_are_sorted_and_say_something(void **state)
{
    (void)state;
    for (const struct cap_code *c = cap_codes; c->code; c++) {
        if (c != cap_codes && strcmp(c[-1].code, c->code) >= 0)
            fail_msg("%s stands behind %s", c->code, c[-1].code);
        assert_true(strlen(c->meaning) > 10);
        assert_ptr_equal(cap_code_meaning(c->code), c->meaning);
    }
    assert_null(cap_code_meaning("no-such-code"));
}

/* The manual lists each of them. */
static void test_the_manual_has_them(void **state)
{
    g_autofree char *manual = NULL;
    (void)state;
    assert_true(g_file_get_contents(SOURCE_DIR "/daemon/liaisond.8", &manual, NULL, NULL));
    for (const struct cap_code *c = cap_codes; c->code; c++) {
        g_autofree char *item = g_strdup_printf("\n.It %s\n", c->code);
        if (!strstr(manual, item))
            fail_msg("liaisond(8) does not have %s", c->code);
    }
}

static const struct row {
    const char *name;
    const char *const *words, *const *names;
} rows[] = {
    { "status", cap_status_words, broadcast_status_names },
    { "type", cap_type_words, broadcast_type_names },
    { "urgency", cap_urgency_words, broadcast_urgency_names },
    { "severity", cap_severity_words, broadcast_severity_names },
    { "certainty", cap_certainty_words, broadcast_certainty_names },
    { "response", cap_response_words, broadcast_response_names },
};

/* CAP's words are ours but for their capitals, in the same order: an index means both. */
static void test_words_are_the_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        size_t k = 0;
        for (; rows[i].words[k] && rows[i].names[k]; k++)
            if (g_ascii_strcasecmp(rows[i].words[k], rows[i].names[k]) != 0)
                fail_msg("%s: %s is %s", rows[i].name, rows[i].words[k], rows[i].names[k]);
        assert_null(rows[i].words[k]);
        assert_null(rows[i].names[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_are_sorted_and_say_something),
        cmocka_unit_test(test_the_manual_has_them),
        cmocka_unit_test(test_words_are_the_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

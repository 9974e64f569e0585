#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/outcome.h"

static const struct row {
    const char *name, *unit;
    size_t units;    /* how often unit is repeated */
    const char *end; /* appended once */
    size_t want;     /* bytes kept */
} rows[] = {
    { "a short reply stays", "ok", 1, "", 2 },
    { "exactly the ceiling stays", "x", 512, "", 512 },
    { "one byte more is cut", "x", 513, "", 512 },
    { "two-byte characters that fit stay", "é", 256, "", 512 },
    { "a character is not cut in two", "x", 511, "é", 511 },
    { "a four-byte character is not cut in three", "x", 509, "😀", 509 },
    { "bytes that are no text are cut at the ceiling", "\x80", 600, "", 512 },
};

static void test_reply(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) s = g_string_new(NULL);
        for (size_t k = 0; k < rows[i].units; k++)
            g_string_append(s, rows[i].unit);
        g_string_append(s, rows[i].end);
        struct outcome *o = outcome_new(OUTCOME_DEFERRED, 451, s->str);
        if (strlen(o->reply) != rows[i].want || memcmp(o->reply, s->str, rows[i].want))
            fail_msg("%s: kept %zu bytes", rows[i].name, strlen(o->reply));
        outcome_free(o);
    }
}

static void test_fields(void **state)
{
    (void)state;
    struct outcome *o = outcome_new(OUTCOME_REFUSED, 550, NULL);
    assert_int_equal(o->kind, OUTCOME_REFUSED);
    assert_int_equal(o->code, 550);
    assert_string_equal(o->reply, "");
    assert_false(o->endpoint_gone);
    assert_string_equal(outcome_names[o->kind], "refused");
    assert_string_equal(outcome_names[OUTCOME_UNKNOWN], "unknown");
    outcome_free(o);
    outcome_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reply),
        cmocka_unit_test(test_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/form.h"
#include <glib.h>
#include <string.h>

#define MAX_BYTES 12

static const char *const names[] = { "code", "answer", "note", NULL };

/* want: "code|answer|note", or the faults' codes with their places. */
static const struct row {
    const char *name, *text, *want;
} rows[] = {
    { "all fields in any order", "note=n&code=123&answer=a", "123|a|n" },
    { "nothing at all", "", "||" },
    { "a field without =", "code", "||" },
    { "plus and escapes", "note=a+b%2Bc%20d", "||a b+c d" },
    { "escaped letters of other scripts", "note=%D8%A7", "||\xd8\xa7" },
    { "line ends of a browser", "note=a%0D%0Ab", "||a\nb" },
    { "an equals sign in a value", "note=a=b", "||a=b" },
    { "an ampersand that is escaped", "note=a%26b", "||a&b" },
    { "a field that is given twice", "code=1&code=2", "/code given-twice" },
    { "a field that is given twice, once empty", "code=&code=2", "/code given-twice" },
    { "an unknown field", "cod=1", "/cod unknown-field" },
    { "names are told apart by case", "Code=1", "/Code unknown-field" },
    { "an empty pair", "code=1&", "/ unknown-field" },
    { "a broken escape", "code=%4", "/code bad-encoding" },
    { "a broken escape in a name", "c%zz=4", "/ bad-encoding" },
    { "an escaped NUL", "code=1%002", "/code bad-encoding" },
    { "no UTF-8", "note=%ff", "/note bad-encoding" },
    { "as long as may be", "note=123456789012", "||123456789012" },
    { "too long", "note=1234567890123", "/note too-long" },
    { "an escape character", "note=%1b", "/note control-character" },
    { "a lone carriage return", "note=a%0Db", "/note control-character" },
    { "every fault at once", "x=1&code=%", "/x unknown-field, /code bad-encoding" },
    { "a hostile name", "%1b=1", "/\\x1b unknown-field" },
};

static char *tell(const char *text, size_t len)
{
    struct form form;
    struct faults *f = faults_new();
    GString *out = g_string_new(NULL);
    if (form_read(&form, text, len, names, MAX_BYTES, f))
        g_string_printf(out, "%s|%s|%s", form_value(&form, "code"), form_value(&form, "answer"),
                        form_value(&form, "note"));
    for (guint i = 0; i < f->errors->len; i++) {
        const struct fault *fault = g_ptr_array_index(f->errors, i);
        g_string_append_printf(out, "%s%s %s", out->len ? ", " : "", fault->place, fault->code);
    }
    form_clear(&form);
    faults_free(f);
    return g_string_free(out, FALSE);
}

static void forms_are_read_strictly(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = tell(rows[i].text, strlen(rows[i].text));
        if (!g_str_equal(got, rows[i].want))
            fail_msg("%s: \"%s\" instead of \"%s\"", rows[i].name, got, rows[i].want);
    }
}

static void a_nul_ends_nothing(void **state)
{
    static const char text[] = "code=1\0&answer=a";
    g_autofree char *got = tell(text, sizeof text - 1);
    (void)state;
    assert_string_equal(got, "/ bad-encoding");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_read_strictly),
        cmocka_unit_test(a_nul_ends_nothing),
    };
    return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}

/* What libconfig would swallow in silence is found in the text, with its line and path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "folder.h"
#include "io/config_scan.h"

static const struct row {
    const char *name, *text;
    const char
        *want; /* faults as "line: path code" a line, "" for none; then "unfit" for libconfig */
} rows[] = {
    { "an ordinary file has no faults", "a = 1;\nb: { c = \"x\"; };\n", "" },
    { "the largest and smallest integer of 32 bits are left alone",
      "a = 2147483647; b = -2147483648;\n", "" },
    { "one more does not fit", "a = 2147483648;\n", "1: a integer-too-big\n" },
    { "one less does not fit", "\na = -2147483649;\n", "2: a integer-too-big\n" },
    { "L makes room for 64 bits", "a = 3000000000L; b = 3000000000LL;\n", "" },
    { "64 bits end too", "a = 9223372036854775808L;\n", "1: a integer-too-big\n" },
    { "a hexadecimal number that would turn negative", "a = 0xFFFFFFFF;\n",
      "1: a integer-too-big\n" },
    { "a hexadecimal number with L", "a = 0xFFFFFFFFL;\n", "" },
    { "a number with a point or an exponent is none of its business",
      "a = 3000000000.5; b = 1e300; c = 99999999999E5;\n", "" },
    { "digits in comments do not count",
      "# 99999999999\n// 99999999999\n/* 99999999999\n 99999999999 */ a = 99999999999;\n",
      "4: a integer-too-big\n" },
    { "digits in texts do not count", "a = \"99999999999 \\\" 99999999999\";\n", "" },
    { "the groups around are named", "a: { b: { c = 99999999999; }; d = 99999999999; };\n",
      "1: a.b.c integer-too-big\n1: a.d integer-too-big\n" },
    { "an element of a list has the list's name", "a = ( 1, 99999999999 );\n",
      "1: a integer-too-big\n" },
    { "a text that would be cut off", "a = \"x\\x00y\";\n", "1: a control-character\n" },
    { "a backslash before x00 that is itself escaped", "a = \"x\\\\x00y\";\n", "" },
    { "a text without its end is told where it begins", "\na = \"x;\nb = 1;\n",
      "2: a line-break\nunfit\n" },
    { "only the first text that runs on is told", "a = \"x;\nb = \"y\";\nc = \"z\";\n",
      "1: a line-break\nunfit\n" },
    { "a comment without an end", "a = 1; /* b\n", "" },
    { "unbalanced braces", "}}}} a = 99999999999; {{{{\n", "1: a integer-too-big\n" },
};

static char *folder;

static char *scan(const char *text, gsize len, bool *fit)
{
    g_autofree char *file = g_build_filename(folder, "scan.conf", NULL);
    assert_true(g_file_set_contents(file, text, (gssize)len, NULL));
    struct faults *f = faults_new();
    *fit = config_scan(file, folder, f);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < f->errors->len; i++) {
        const struct fault *e = g_ptr_array_index(f->errors, i);
        const char *rest = g_str_has_prefix(e->place, file) ? e->place + strlen(file) : e->place;
        g_string_append_printf(out, "%s %s\n", *rest == ':' ? rest + 1 : rest, e->code);
    }
    faults_free(f);
    return g_string_free(out, FALSE);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool fit = false;
        print_message("%s\n", rows[i].name);
        g_autofree char *faults = scan(rows[i].text, strlen(rows[i].text), &fit);
        g_autofree char *got = g_strconcat(faults, fit ? "" : "unfit\n", NULL);
        assert_string_equal(got, rows[i].want);
    }
}

static void what_libconfig_must_not_be_given(void **state)
{
    (void)state;
    static const char nul[] = "a = 1;\0b = 2;\n";
    bool fit = true;
    g_autofree char *got = scan(nul, sizeof nul - 1, &fit);
    assert_false(fit);
    assert_string_equal(got, " unreadable\n");

    static const char open_text[] = "a = \"b";
    fit = true;
    g_autofree char *no_end = scan(open_text, sizeof open_text - 1, &fit);
    assert_false(fit);
    assert_string_equal(no_end, "1: a line-break\n");

    struct faults *f = faults_new();
    assert_false(config_scan(folder, NULL, f));
    assert_false(config_scan("/no/such/file.conf", NULL, f));
    assert_int_equal(f->errors->len, 2);
    faults_free(f);
}

static void an_include_of_a_device_is_refused(void **state)
{
    (void)state;
    bool fit = true;
    g_autofree char *up = g_strdup("@include \"../../../../../../../../dev/zero\"\n");
    g_autofree char *got = scan(up, strlen(up), &fit);
    assert_false(fit);
    assert_string_equal(got, "../../../../../../../../dev/zero unreadable\n");
}

static void a_file_that_includes_itself_ends(void **state)
{
    (void)state;
    static const char text[] = "@include \"scan.conf\"\n@include \"scan.conf\"\n";
    bool fit = true;
    g_autofree char *got = scan(text, sizeof text - 1, &fit);
    assert_false(fit); /* too many files; libconfig never sees them */
}

static int make_folder(void **state)
{
    (void)state;
    folder = g_dir_make_tmp("liaisond-XXXXXX", NULL);
    return folder ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    folder_remove(folder);
    g_free(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(what_libconfig_must_not_be_given),
        cmocka_unit_test(an_include_of_a_device_is_refused),
        cmocka_unit_test(a_file_that_includes_itself_ends),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

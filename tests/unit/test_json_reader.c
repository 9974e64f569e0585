#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rows.h"
#include "wire/json_reader.h"

static const char *const colours[] = { "red", "green", NULL };

/* Reads one object with a member of every kind, and answers with its faults as "place code" lines.
 */
static char *faults_of(const char *text, size_t max_bytes)
{
    struct faults *f = faults_new();
    GString *out = g_string_new(NULL);
    json_t *value = json_reader_parse(text, strlen(text), max_bytes, f);
    struct json_reader r;

    if (value && json_reader_open(&r, value, NULL, f)) {
        struct timestamp t;
        int64_t n;
        bool yes;
        g_free(json_reader_line(&r, "line", JSON_MAY, 8));
        g_free(json_reader_text(&r, "text", JSON_MAY, 16));
        json_reader_enum(&r, "colour", JSON_MAY, colours);
        json_reader_time(&r, "at", JSON_MAY, &t);
        json_reader_integer(&r, "count", JSON_MAY, 1, 5, &n);
        json_reader_boolean(&r, "flag", JSON_MAY, &yes);
        GPtrArray *list = json_reader_lines(&r, "list", JSON_MAY, 2, 8);
        if (list)
            g_ptr_array_unref(list);
        json_reader_close(&r);
    }
    for (guint i = 0; i < f->errors->len; i++) {
        const struct fault *one = g_ptr_array_index(f->errors, i);
        g_string_append_printf(out, "%s%s %s", i ? "\n" : "", one->place, one->code);
    }
    json_decref(value);
    faults_free(f);
    return g_string_free(out, FALSE);
}

static const struct row {
    const char *name, *text, *want;
} rows[] = {
    { "an empty object has nothing wrong", "{}", "" },
    { "every kind of member is read",
      "{\"line\":\"a\",\"text\":\"a\\nb\\t\",\"colour\":\"red\",\"at\":\"2026-11-23T09:30:00Z\","
      "\"count\":5,\"flag\":false,\"list\":[\"a\",\"b\"]}",
      "" },
    { "a byte order mark is read over", "\xEF\xBB\xBF{}", "" },
    { "nothing at all is a syntax fault", "", " syntax" },
    { "what follows the value is a syntax fault", "{} x", " syntax" },
    { "a member given twice is a fault", "{\"line\":\"a\",\"line\":\"b\"}",
      "/line duplicate-member" },
    { "the other faults are told beside it", "{\"line\":\"a\",\"line\":7,\"flag\":1}",
      "/line duplicate-member\n/line wrong-type\n/flag wrong-type" },
    { "escapes hide no member", "{\"line\":\"a\",\"l\\u0069ne\":\"b\"}", "/line duplicate-member" },
    { "text is no member", "{\"line\":\"{a,a\",\"text\":\"\\\",\\\"line\\\":\"}", "" },
    { "an array is no object", "[]", " wrong-type" },
    { "a bare number is no object", "7", " wrong-type" },
    { "null is never a value", "{\"line\":null}", "/line wrong-type" },
    { "every fault is told, not only the first",
      "{\"line\":1,\"text\":2,\"colour\":3,\"at\":4,\"count\":\"5\",\"flag\":\"yes\",\"list\":{}}",
      "/line wrong-type\n/text wrong-type\n/colour wrong-type\n/at wrong-type\n"
      "/count wrong-type\n/flag wrong-type\n/list wrong-type" },
    { "an unknown member is a fault", "{\"size\":1}", "/size unknown-member" },
    { "slash and tilde are escaped in a pointer", "{\"a/b~c\":1}", "/a~1b~0c unknown-member" },
    { "a control character in a name is made printable", "{\"\\u001b[1m\":1}",
      "/\\x1b[1m unknown-member" },
    { "an empty string is a fault", "{\"line\":\"\"}", "/line empty" },
    { "a blank string is a fault, no-break space included", "{\"line\":\" \\u00a0\"}",
      "/line empty" },
    { "a line that is too long is a fault", "{\"line\":\"123456789\"}", "/line too-long" },
    { "the limit itself is no fault", "{\"line\":\"12345678\"}", "" },
    { "a line has no newline", "{\"line\":\"a\\nb\"}", "/line control-character" },
    { "a line has no C1 control", "{\"line\":\"a\\u0085b\"}", "/line control-character" },
    { "a text has no escape character", "{\"text\":\"a\\u001bb\"}", "/text control-character" },
    { "a text has no bare carriage return", "{\"text\":\"a\\rb\"}", "/text control-character" },
    { "a text may have CRLF", "{\"text\":\"a\\r\\nb\"}", "" },
    { "a name that is none is told", "{\"colour\":\"blue\"}", "/colour not-one-of" },
    { "names count their case", "{\"colour\":\"Red\"}", "/colour not-one-of" },
    { "a time without an offset is a fault", "{\"at\":\"2026-11-23T09:30:00\"}", "/at bad-time" },
    { "a number below its range is a fault", "{\"count\":0}", "/count out-of-range" },
    { "a number above its range is a fault", "{\"count\":6}", "/count out-of-range" },
    { "a fraction is no whole number", "{\"count\":1.5}", "/count wrong-type" },
    { "an empty array is a fault", "{\"list\":[]}", "/list empty" },
    { "an array that is too long is a fault", "{\"list\":[\"a\",\"b\",\"c\"]}", "/list too-long" },
    { "an element's place has its index", "{\"list\":[\"a\",7]}", "/list/1 wrong-type" },
};

static void row_holds(void **state)
{
    const struct row *row = *state;
    g_autofree char *got = faults_of(row->text, 1000);

    assert_string_equal(got, row->want);
}

static void thirty_two_levels_are_accepted_and_one_more_is_not(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new("{\"list\":");
    for (int i = 0; i < 31; i++)
        g_string_append_c(text, '[');
    for (int i = 0; i < 31; i++)
        g_string_append_c(text, ']');
    g_string_append_c(text, '}');
    g_autofree char *fits = faults_of(text->str, 1000);
    assert_string_equal(fits, "/list/0 wrong-type");
    g_string_insert_c(text, strlen("{\"list\":"), '[');
    g_autofree char *deep = faults_of(text->str, 1000);
    assert_string_equal(deep, " too-deep");
}

static void brackets_inside_strings_are_not_depth(void **state)
{
    (void)state;
    g_autoptr(GString) text =
        g_string_new("{\"text\":\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}");
    g_autofree char *got = faults_of(text->str, 1000);

    assert_string_equal(got, "/text too-long");
}

static void too_many_bytes_are_not_parsed(void **state)
{
    (void)state;
    g_autofree char *got = faults_of("{\"line\":\"a\"}", 11);

    assert_string_equal(got, " too-long");
}

static void faults_end_with_a_word_when_there_are_too_many(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new("{");
    for (int i = 0; i < 500; i++)
        g_string_append_printf(text, "%s\"unknown%d\":1", i ? "," : "", i);
    g_string_append_c(text, '}');
    g_autofree char *got = faults_of(text->str, 100000);
    g_auto(GStrv) lines = g_strsplit(got, "\n", -1);

    assert_int_equal(g_strv_length(lines), JSON_READER_MAX_FAULTS + 1);
    assert_string_equal(lines[JSON_READER_MAX_FAULTS], " too-many-faults");
}

static const struct fault *only_fault(struct faults *f, const char *text)
{
    json_t *value = json_reader_parse(text, strlen(text), 1000, f);
    struct json_reader r;

    if (value) {
        json_reader_open(&r, value, NULL, f);
        g_free(json_reader_line(&r, "headline", JSON_MAY, 8));
        json_reader_close(&r);
        json_decref(value);
    }
    assert_int_equal(f->errors->len, 1);
    return g_ptr_array_index(f->errors, 0);
}

static void a_misspelt_member_gets_did_you_mean(void **state)
{
    (void)state;
    struct faults *f = faults_new();

    assert_non_null(
        strstr(only_fault(f, "{\"haedline\":\"a\"}")->detail, "did you mean \"headline\""));
    faults_free(f);
}

static void a_syntax_fault_names_line_and_column(void **state)
{
    (void)state;
    struct faults *f = faults_new();

    assert_non_null(strstr(only_fault(f, "{\n  \"a\" 1\n}")->detail, "line 2, column "));
    faults_free(f);
}

static void crlf_becomes_lf(void **state)
{
    (void)state;
    struct faults *f = faults_new();
    json_t *value = json_pack("{s:s}", "text", "a\r\nb\tc\r\n");
    struct json_reader r;

    assert_true(json_reader_open(&r, value, NULL, f));
    g_autofree char *got = json_reader_text(&r, "text", JSON_MUST, 100);
    assert_string_equal(got, "a\nb\tc\n");
    json_decref(value);
    faults_free(f);
}

static void a_required_member_is_missed(void **state)
{
    (void)state;
    struct faults *f = faults_new();
    json_t *value = json_object();
    struct json_reader r;

    json_reader_open(&r, value, NULL, f);
    assert_null(json_reader_line(&r, "name", JSON_MUST, 100));
    const struct fault *one = g_ptr_array_index(f->errors, 0);
    assert_string_equal(one->place, "/name");
    assert_string_equal(one->code, "missing-member");
    json_decref(value);
    faults_free(f);
}

static const struct twice {
    const char *text, *want;
} twice[] = {
    { "{}", "" },
    { "\"a\"", "" },
    { "[1,[],{},\"a\",\"a\"]", "" },
    { "{\"a\":{\"a\":1},\"b\":{\"a\":1}}", "" },
    { "{\"a\":1,\"b\":2,\"a\":3,\"a\":4}", "/a /a" },
    { "[{\"a\":1},{\"a\":1,\"a\":1}]", "/1/a" },
    { "{\"x\":[0,[{\"b\":[1,2],\"c~/\":0,\"c~/\":0}]]}", "/x/1/0/c~0~1" },
    { "{\"a\":{\"b\":1,\"b\":1},\"a\":[{\"d\":1},{\"e\":\"\\\"\",\"e\":1}]}", "/a/b /a /a/1/e" },
};

static void duplicates_are_told_with_their_pointers(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(twice); i++) {
        struct faults *f = faults_new();
        g_autoptr(GString) got = g_string_new(NULL);
        json_reader_report_duplicates(twice[i].text, strlen(twice[i].text), f);
        for (guint k = 0; k < f->errors->len; k++) {
            const struct fault *one = g_ptr_array_index(f->errors, k);
            g_string_append_printf(got, "%s%s", k ? " " : "", one->place);
        }
        assert_string_equal(got->str, twice[i].want);
        faults_free(f);
    }
}

int main(void)
{
    const struct CMUnitTest single[] = {
        cmocka_unit_test(duplicates_are_told_with_their_pointers),
        cmocka_unit_test(thirty_two_levels_are_accepted_and_one_more_is_not),
        cmocka_unit_test(brackets_inside_strings_are_not_depth),
        cmocka_unit_test(too_many_bytes_are_not_parsed),
        cmocka_unit_test(faults_end_with_a_word_when_there_are_too_many),
        cmocka_unit_test(a_misspelt_member_gets_did_you_mean),
        cmocka_unit_test(a_syntax_fault_names_line_and_column),
        cmocka_unit_test(crlf_becomes_lf),
        cmocka_unit_test(a_required_member_is_missed),
    };
    int failed = RUN_ROWS("json_reader rows", rows, row_holds, NULL, NULL);
    return failed + cmocka_run_group_tests_name("json_reader", single, NULL, NULL);
}

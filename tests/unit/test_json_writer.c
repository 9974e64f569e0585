#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "wire/json_writer.h"

static void commas_stand_where_they_must(void **state)
{
    (void)state;
    g_autoptr(GString) o = g_string_new(NULL);
    json_writer_open(o, NULL, '{');
    json_writer_string(o, "a", "x");
    json_writer_open(o, "empty", '[');
    json_writer_close(o, ']');
    json_writer_open(o, "list", '[');
    json_writer_integer(o, NULL, 1);
    json_writer_boolean(o, NULL, true);
    json_writer_open(o, NULL, '{');
    json_writer_close(o, '}');
    json_writer_string(o, NULL, "[");
    json_writer_string(o, NULL, "{");
    json_writer_close(o, ']');
    json_writer_boolean(o, "no", false);
    json_writer_close(o, '}');
    assert_string_equal(o->str, "{\"a\":\"x\",\"empty\":[],\"list\":[1,true,{},\"[\",\"{\"],"
                                "\"no\":false}");
}

static const struct row {
    const char *name, *text, *utf8, *ascii;
} rows[] = {
    { "plain text", "a b", "\"a b\"", "\"a b\"" },
    { "nothing", "", "\"\"", "\"\"" },
    { "quotes and backslashes", "\"\\/", "\"\\\"\\\\/\"", "\"\\\"\\\\/\"" },
    { "controls", "\n\r\t\x01\x1b\x7f", "\"\\n\\r\\t\\u0001\\u001b\\u007f\"",
      "\"\\n\\r\\t\\u0001\\u001b\\u007f\"" },
    { "letters beyond ASCII", "\xC3\xA9", "\"\xC3\xA9\"", "\"\\u00e9\"" },
    { "letters beyond 16 bits", "\xF0\x9F\x98\x80", "\"\xF0\x9F\x98\x80\"", "\"\\ud83d\\ude00\"" },
    { "C1, line ends and bidi controls", "\xC2\x9B\xE2\x80\xA8\xE2\x80\xAE\xE2\x81\xA6",
      "\"\\u009b\\u2028\\u202e\\u2066\"", "\"\\u009b\\u2028\\u202e\\u2066\"" },
    { "bytes that are no text", "a\xff\xc3z", "\"a\\ufffd\\ufffdz\"", "\"a\\ufffd\\ufffdz\"" },
};

static void text_is_escaped(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) utf8 = g_string_new(NULL), ascii = g_string_new(NULL);
        json_writer_string(utf8, NULL, rows[i].text);
        json_writer_ascii(ascii, NULL, rows[i].text);
        if (strcmp(utf8->str, rows[i].utf8) != 0 || strcmp(ascii->str, rows[i].ascii) != 0)
            fail_msg("%s: %s and %s", rows[i].name, utf8->str, ascii->str);
    }
}

static void numbers_read_back_equal(void **state)
{
    static const int64_t integers[] = { 0, 7, -7, 10, INT64_MAX, INT64_MIN };
    static const double doubles[] = { 0,   0.1,  -87.623177, 1.0 / 3, 1e-7,
                                      180, 1e21, 41.894742,  -0.5,    123456789.125 };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(integers); i++) {
        g_autoptr(GString) o = g_string_new(NULL);
        json_writer_integer(o, NULL, integers[i]);
        assert_true(g_ascii_strtoll(o->str, NULL, 10) == integers[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(doubles); i++) {
        g_autoptr(GString) o = g_string_new(NULL);
        json_writer_double(o, NULL, doubles[i]);
        assert_true(g_ascii_strtod(o->str, NULL) == doubles[i]);
    }
    g_autoptr(GString) shortest = g_string_new(NULL);
    json_writer_double(shortest, NULL, 0.1);
    assert_true(g_str_has_prefix(shortest->str, "0.1") && shortest->len < 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_stand_where_they_must),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(numbers_read_back_equal),
    };
    return cmocka_run_group_tests_name("json writer", tests, NULL, NULL);
}

/* The short way of reading JSON gives what jansson gives, or leaves it to jansson. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "wire/json_reader.h"

static bool is_read_quickly(const char *text, size_t len)
{
    json_t *quick = json_reader_quick(text, len);
    json_t *whole =
        quick ? json_loadb(text, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL) : NULL;
    bool taken = quick != NULL;

    if (taken && (!whole || !json_equal(quick, whole)))
        fail_msg("%.*s", (int)len, text);
    json_decref(quick);
    json_decref(whole);
    return taken;
}

static const struct row {
    const char *text;
    bool taken;
} rows[] = {
    { "{}", true },
    { " [ ] ", true },
    { "{\"a\":[1,-2,0,-0],\"b\":{\"\":true},\"c\":null,\"d\":false}", true },
    { "\"caf\xc3\xa9 \\n\\t\\\"\\\\\\/\\b\\f\\r\"", true },
    { "12345678901234567", true },
    { "-1234567890123456789", false },
    { "01", false },
    { "-", false },
    { "1.5", false },
    { "1e3", false },
    { "{\"a\":1,\"a\":2}", false },
    { "{\"a\":1,}", false },
    { "[1,]", false },
    { "[1 2]", false },
    { "{\"a\" 1}", false },
    { "{a:1}", false },
    { "{\"a\":}", false },
    { "\"\\u0041\"", false },
    { "\"\\x\"", false },
    { "\"\\", false },
    { "\"\\\"", false },
    { "\"a\nb\"", false },
    { "\"\xff\"", false },
    { "{\"\xff\":1}", false },
    { "truex", false },
    { "tru", false },
    { "1 1", false },
    { "", false },
};

static void each_is_taken_or_left(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (is_read_quickly(rows[i].text, strlen(rows[i].text)) != rows[i].taken)
            fail_msg("%s", rows[i].text);
    assert_false(is_read_quickly("1\0", 2));
    assert_false(is_read_quickly("{\"a\0\":1}", 8));
}

static void whatever_is_changed_is_read_the_same(void **state)
{
    static const char text[] = "{\"identifier\":\"A\\n\",\"list\":[1,20,{\"x\":\"\xc3\xa9\"},"
                               "null],\"yes\":true,\"no\":false,\"n\":-17}";
    static const char bytes[] = "{}[]:,\"\\ 019-.eEnulltrax\x01\x7f\x80\xc3\xff";
    const size_t len = strlen(text);
    size_t taken = 0;

    (void)state;
    assert_true(is_read_quickly(text, len));
    for (size_t i = 0; i < len; i++) {
        is_read_quickly(text, i);
        for (size_t k = 0; k < sizeof bytes; k++) { /* the NUL as well */
            g_autofree char *changed = g_memdup2(text, sizeof text);
            g_autofree char *longer = g_malloc(len + 1);
            changed[i] = bytes[k];
            memcpy(longer, text, i);
            longer[i] = bytes[k];
            memcpy(longer + i + 1, text + i, len - i);
            taken += is_read_quickly(changed, len) + is_read_quickly(longer, len + 1);
        }
    }
    assert_in_range(taken, 500, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_taken_or_left),
        cmocka_unit_test(whatever_is_changed_is_read_the_same),
    };
    return cmocka_run_group_tests_name("json_reader_quick", tests, NULL, NULL);
}

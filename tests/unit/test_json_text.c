#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "wire/json_text.h"

#define REPLACED "\xEF\xBF\xBD"

static const struct row {
    const char *name, *text, *want, *line;
} rows[] = {
    { "nothing is empty", NULL, "", "" },
    { "text stays", "a \xC3\xA9", "a \xC3\xA9", "a \xC3\xA9" },
    { "bytes that are no text are replaced",
      "a\xff"
      "b",
      "a" REPLACED "b", NULL },
    { "a broken end is replaced", "a\xC3", "a" REPLACED, NULL },
};

static void any_bytes_become_a_string(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *text = json_text(rows[i].text), *line = json_line(rows[i].text);
        if (strcmp(json_string_value(text), rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].name, json_string_value(text));
        assert_non_null(line);
        if (rows[i].line)
            assert_string_equal(json_string_value(line), rows[i].line);
        json_decref(text);
        json_decref(line);
    }
}

static void a_line_makes_no_lines_of_its_own(void **state)
{
    (void)state;
    json_t *line = json_line("Name\r\nBcc: x@y.example\n");
    assert_null(strpbrk(json_string_value(line), "\r\n"));
    assert_non_null(strstr(json_string_value(line), "Name"));
    json_decref(line);
}

static void lines_are_those_with_something_on_them(void **state)
{
    static const struct lines {
        const char *text, *want;
    } texts[] = {
        { NULL, "[]" },
        { "", "[]" },
        { "\n \n\t\n", "[]" },
        { "one", "[\"one\"]" },
        { " one \n\n two\r\nthree", "[\"one\", \"two\", \"three\"]" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *list = json_text_lines(texts[i].text);
        char *got = json_dumps(list, 0);
        assert_string_equal(got, texts[i].want);
        free(got);
        json_decref(list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_bytes_become_a_string),
        cmocka_unit_test(a_line_makes_no_lines_of_its_own),
        cmocka_unit_test(lines_are_those_with_something_on_them),
    };
    return cmocka_run_group_tests_name("json text", tests, NULL, NULL);
}

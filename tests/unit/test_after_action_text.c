#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "golden.h"
#include "report_world.h"
#include "shipped_templates.h"
#include "wire/after_action_text.h"
#include "wire/after_action_view.h"

#define GOLDEN SOURCE_DIR "/tests/golden/report/"

static void test_golden(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    struct after_action *a = report_of(w);
    g_autofree char *text = after_action_text(a, templates);
    g_autofree char *html = after_action_html(a, templates);
    json_t *json = after_action_json(a);
    char *dumped = json_dumps(json, JSON_INDENT(2));
    golden_compare(GOLDEN "chicago.txt", text);
    golden_compare(GOLDEN "chicago.html", html);
    golden_compare(GOLDEN "chicago.json", dumped);
    free(dumped);
    json_decref(json);
    after_action_free(a);
    call_world_free(w);
}

static void test_subject(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    struct after_action *a = report_of(w);
    g_autofree char *asked = after_action_subject(a);
    assert_string_equal(asked, "After-action report: 1 of 5 missions covered: Demonstrations near "
                               "foreign missions, Chicago");
    a->asked = false;
    a->status = STATUS_EXERCISE;
    g_free(a->headline);
    a->headline = g_strdup("two\nlines");
    g_autofree char *exercise = after_action_subject(a);
    assert_string_equal(exercise,
                        "[EXERCISE] After-action report: 4 of 5 missions reached: two lines");
    after_action_free(a);
    call_world_free(w);
}

static const struct elapsed_row {
    int64_t ms;
    const char *want;
} elapsed[] = {
    { -1, "" },
    { 0, "0 s" },
    { 42999, "42 s" },
    { 60000, "1 min 0 s" },
    { 3600000 + 5 * 60000, "1 h 05 min" },
    { INT64_C(76) * 3600000, "3 d 4 h" },
};

static void test_elapsed(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(elapsed); i++) {
        g_autofree char *got = after_action_elapsed(elapsed[i].ms);
        assert_string_equal(got, elapsed[i].want);
    }
}

/* A report is a mail: a thousand silent people do not make it one of a megabyte. */
static void test_long_lists_end(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    for (unsigned i = 0; i < AFTER_ACTION_MAX_LINES; i++)
        call_obligation(w, "gb-chicago", 10 + i, OBLIGATION_REACHED);
    struct after_action *a = report_of(w);
    g_autofree char *text = after_action_text(a, templates);
    assert_non_null(strstr(text, "\nand 6 more\n"));
    json_t *json = after_action_json(a);
    assert_int_equal(json_array_size(json_object_get(json, "not_answered")),
                     AFTER_ACTION_MAX_LINES + 6);
    json_decref(json);
    after_action_free(a);
    call_world_free(w);
}

static void test_hostile_words_are_text(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    struct after_action *a = report_of(w);
    g_autofree char *html = after_action_html(a, templates);
    assert_null(strstr(html, "user, <b>"));
    assert_non_null(strstr(html, "user, &lt;b&gt;"));
    after_action_free(a);
    call_world_free(w);
}

/* The schema has what a report has, and nothing that it has not. */
static void test_schema(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    struct after_action *a = report_of(w);
    json_t *view = after_action_view(a), *schema = after_action_schema(NULL), *value;
    const char *key;
    json_object_foreach(view, key, value)
    {
        const json_t *example = json_object_get(schema, key);
        if (!example || json_is_array(value) != json_is_array(example))
            fail_msg("%s is not in the schema", key);
        const json_t *element = json_array_get(value, 0), *other = json_array_get(example, 0);
        if (json_object_size(element) != json_object_size(other) && element)
            fail_msg("%s has other members in the schema", key);
    }
    assert_int_equal(json_object_size(view), json_object_size(schema));
    json_decref(view);
    json_decref(schema);
    after_action_free(a);
    call_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_subject),
        cmocka_unit_test(test_elapsed),
        cmocka_unit_test(test_long_lists_end),
        cmocka_unit_test(test_hostile_words_are_text),
        cmocka_unit_test(test_schema),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

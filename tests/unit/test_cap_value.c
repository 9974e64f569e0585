#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "wire/cap_value.h"
#include "wire/cap_words.h"

static struct cap_node node(const char *name, const char *text)
{
    static struct cap_element e;
    e = (struct cap_element){ .name = name, .most = 1, .max_bytes = 100 };
    return (
        struct cap_node){ .element = &e, .line = 3, .column = 5, .index = 1, .text = (char *)text };
}

enum kind { WORD, IDENTIFIER, LANGUAGE, NUMBER, WHOLE, TIME, LIST, REFERENCES };
static const struct row {
    const char *name;
    enum kind kind;
    const char *text, *want; /* want: what is read, or "!code"; "~" before it: with a warning */
} rows[] = {
    { "a word", WORD, "Severe", "Severe" },
    { "another spelling", WORD, "severe", "!not-one-of" },
    { "an identifier", IDENTIFIER, "PLD-1", "PLD-1" },
    { "one with a comma", IDENTIFIER, "PLD,1", "!bad-identifier" },
    { "a language", LANGUAGE, "zh-Hant-TW", "zh-Hant-TW" },
    { "a name of one", LANGUAGE, "English (US)", "!bad-language" },
    { "a tag that ends in the middle", LANGUAGE, "en-", "!bad-language" },
    { "a number", NUMBER, "12.5", "12.5" },
    { "a number that must be whole", WHOLE, "12.5", "!bad-number" },
    { "a time", TIME, "2026-11-23T09:30:00-05:00", "1795444200000" },
    { "a time with Z", TIME, "2026-11-23T14:30:00Z", "~1795444200000" },
    { "a time without an offset", TIME, "2026-11-23T09:30:00", "!bad-time" },
    { "a list", LIST, " a  \"b c\"\td\n", "a|b c|d" },
    { "an open quotation", LIST, "a \"b c", "!bad-list" },
    { "empty quotes are nothing", LIST, "\"\" a", "a" },
    { "references", REFERENCES, "s,A,2026-11-23T09:30:00-05:00 s,B,2026-11-23T09:30:00-05:00",
      "s/A|s/B" },
    { "two of three", REFERENCES, "s,A", "!bad-reference" },
};

static char *joined(GPtrArray *list)
{
    g_ptr_array_add(list, NULL);
    return g_strjoinv("|", (char **)list->pdata);
}

static char *references_of(const struct cap_node *n, struct faults *f)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new(), names = g_ptr_array_new_with_free_func(g_free);
    cap_value_references(n, all, f);
    for (guint i = 0; i < all->len; i++) {
        struct cap_reference *r = all->pdata[i];
        g_ptr_array_add(names, g_strconcat(r->sender, "/", r->identifier, NULL));
        g_free(r->sender);
        g_free(r->identifier);
        g_free(r);
    }
    return joined(names);
}

static char *read_value(const struct row *r, struct faults *f)
{
    struct cap_node n = node("severity", r->text);
    struct timestamp t;
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    switch (r->kind) {
    case WORD:
        return cap_value_word(&n, cap_severity_words, f);
    case IDENTIFIER:
        return cap_value_identifier(&n, f);
    case LANGUAGE:
        return cap_value_language(&n, f);
    case NUMBER:
    case WHOLE:
        return cap_value_number(&n, r->kind == WHOLE, f);
    case TIME:
        return cap_value_time(&n, &t, f) ? g_strdup_printf("%" G_GINT64_FORMAT, t.ms) : NULL;
    case LIST:
        cap_value_list(&n, list, f);
        return joined(list);
    case REFERENCES:
        return references_of(&n, f);
    }
    return NULL;
}

static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct faults *f = faults_new();
        g_autofree char *value = read_value(&rows[i], f);
        const struct fault *first = f->errors->len ? f->errors->pdata[0] : NULL;
        g_autofree char *got = first ? g_strconcat("!", first->code, NULL)
                                     : g_strconcat(f->warnings->len ? "~" : "", value, NULL);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].name, got);
        if (first)
            assert_string_equal(first->place, "3:5 /severity");
        faults_free(f);
    }
}

static void test_what_is_not_there_is_no_fault(void **state)
{
    struct faults *f = faults_new();
    struct timestamp t;
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    (void)state;
    assert_null(cap_value_text(NULL));
    assert_null(cap_value_word(NULL, cap_severity_words, f));
    assert_null(cap_value_identifier(NULL, f));
    assert_null(cap_value_language(NULL, f));
    assert_null(cap_value_number(NULL, true, f));
    assert_false(cap_value_time(NULL, &t, f));
    cap_value_list(NULL, list, f);
    cap_value_references(NULL, list, f);
    assert_int_equal(list->len, 0);
    assert_false(faults_any(f));
    faults_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_what_is_not_there_is_no_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

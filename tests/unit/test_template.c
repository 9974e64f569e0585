#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "wire/template.h"

static json_t *value(const char *json)
{
    json_error_t error;
    json_t *v = json_loads(json, JSON_DISABLE_EOF_CHECK, &error);
    if (!v)
        fail_msg("%s: %s", json, error.text);
    return v;
}

/* Values are written with ' for ". */
static json_t *quoted(const char *json)
{
    g_autofree char *text = g_strdelimit(g_strdup(json), "'", '"');
    return value(text);
}

static const struct row {
    const char *name, *source, *value, *want;
    enum template_output output;
} rows[] = {
    { "plain text is itself", "hello\n", "{}", "hello\n", TEMPLATE_TEXT },
    { "a value", "a {{x}} b", "{'x':'1'}", "a 1 b", TEMPLATE_TEXT },
    { "blanks in a tag", "{{ x }}", "{'x':'1'}", "1", TEMPLATE_TEXT },
    { "a number", "{{x}}", "{'x':42}", "42", TEMPLATE_TEXT },
    { "a dotted path", "{{x.y.z}}", "{'x':{'y':{'z':'1'}}}", "1", TEMPLATE_TEXT },
    { "a list repeats", "{{#l}}[{{n}}]{{/l}}", "{'l':[{'n':'a'},{'n':'b'}]}", "[a][b]",
      TEMPLATE_TEXT },
    { "a list of texts", "{{#l}}<{{.}}>{{/l}}", "{'l':['a','b']}", "<a><b>", TEMPLATE_TEXT },
    { "an inner name hides the outer", "{{#l}}{{n}}{{/l}}{{n}}", "{'n':'o','l':[{'n':'i'}]}", "io",
      TEMPLATE_TEXT },
    { "an outer name is seen inside", "{{#l}}{{n}}{{o}}{{/l}}", "{'o':'o','l':[{'n':'i'}]}", "io",
      TEMPLATE_TEXT },
    { "an object is a section", "{{#o}}{{n}}{{/o}}", "{'o':{'n':'i'}}", "i", TEMPLATE_TEXT },
    { "a text is a section", "{{#s}}yes {{s}}{{/s}}", "{'s':'x'}", "yes x", TEMPLATE_TEXT },
    { "an empty text is none", "{{#s}}yes{{/s}}{{^s}}no{{/s}}", "{'s':''}", "no", TEMPLATE_TEXT },
    { "nor is zero", "{{#s}}yes{{/s}}{{^s}}no{{/s}}", "{'s':0}", "no", TEMPLATE_TEXT },
    { "nor is false", "{{#s}}yes{{/s}}{{^s}}no{{/s}}", "{'s':false}", "no", TEMPLATE_TEXT },
    { "an inverted section sees the outside", "{{^s}}{{n}}{{/s}}", "{'s':false,'n':'o'}", "o",
      TEMPLATE_TEXT },
    { "sections of one name one after the other", "{{#a}}1{{/a}}{{#a}}2{{/a}}", "{'a':true}", "12",
      TEMPLATE_TEXT },
    { "sections in sections", "{{#a}}{{#b}}{{c}}{{/b}};{{/a}}",
      "{'a':[{'b':[{'c':'1'},{'c':'2'}]},{'b':[{'c':'3'}]}]}", "12;3;", TEMPLATE_TEXT },
    { "lists within each other", "{{#a}}{{#b}}{{x}}{{y}}{{.}}{{/b}}{{^c}}{{x}}{{/c}}{{/a}}",
      "{'a':[{'x':'1'},{'x':'2'}],'b':['p','q'],'c':false,'y':'Y'}", "1Yp1Yq12Yp2Yq2",
      TEMPLATE_TEXT },
    { "what is named in between", "{{y}}{{#s}}<{{#l}}{{n}}{{s}}{{/l}}{{y}}>{{/s}}{{y}}",
      "{'s':'S','y':'Y','l':[{'n':'1'},{'n':'2','s':'T'}]}", "Y<1S2TY>Y", TEMPLATE_TEXT },
    { "whole lines before, between and behind", "a\nb\nc{{x}}d\ne\nf\n{{x}}\ng\nh", "{'x':'1\\n2'}",
      "a\nb\nc1\n2d\ne\nf\n1\n2\ng\nh", TEMPLATE_TEXT },
    { "a tag alone on its line leaves no line", "a\n  {{#s}}  \nb\n{{/s}}\nc\n", "{'s':true}",
      "a\nb\nc\n", TEMPLATE_TEXT },
    { "nor with CRLF", "a\r\n{{#s}}\r\nb\r\n{{/s}}\r\n", "{'s':true}", "a\r\nb\r\n",
      TEMPLATE_TEXT },
    { "nor does a comment", "a\n{{! note }}\nb\n", "{}", "a\nb\n", TEMPLATE_TEXT },
    { "a value alone on its line keeps it", "a\n{{x}}\nb\n", "{'x':'1'}", "a\n1\nb\n",
      TEMPLATE_TEXT },
    { "two sections on a line keep it", "{{#s}}a{{/s}}\n", "{'s':true}", "a\n", TEMPLATE_TEXT },
    { "HTML is escaped", "{{x}}", "{'x':'<b a=\\u0027\\u0022>&'}", "&lt;b a=&#39;&quot;&gt;&amp;",
      TEMPLATE_HTML },
    { "text is not", "{{x}}", "{'x':'<b>&'}", "<b>&", TEMPLATE_TEXT },
    { "a value is never a template", "{{x}}", "{'x':'{{y}}'}", "{{y}}", TEMPLATE_TEXT },
    { "controls are taken out, newlines stay", "{{x}}",
      "{'x':'a\\u001b[31m\\r\\nb\\tc\\u007f\\u0085'}", "a[31m\nb c", TEMPLATE_TEXT },
    { "bidi controls are taken out", "{{x}}", "{'x':'a\\u202eb\\u2066c\\u200fd'}", "abcd",
      TEMPLATE_HTML },
    { "joiners stay", "{{x}}", "{'x':'\\u0645\\u200c\\u0647'}", "\u0645\u200c\u0647",
      TEMPLATE_TEXT },
};

static void test_render(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        struct faults *f = faults_new();
        json_t *v = quoted(r->value);
        struct template *t = template_parse("t", r->source, r->output, v, f);
        g_autofree char *faults = faults_to_text(f);
        if (!t)
            fail_msg("%s: %s", r->name, faults);
        g_autoptr(GString) out = g_string_new(NULL);
        template_render(t, v, out);
        if (!g_str_equal(out->str, r->want))
            fail_msg("%s: got %s", r->name, out->str);
        template_free(t);
        json_decref(v);
        faults_free(f);
    }
}

/* Each line between brackets, as no text has them. */
static void bracket(GString *to, const char *text, gsize len)
{
    g_auto(GStrv) lines = NULL;
    g_autofree char *all = g_strndup(text, len);
    lines = g_strsplit(all, "\n", -1);
    for (char **l = lines; *l; l++)
        if (l[1])
            g_string_append_printf(to, "\001%s\002\n", *l);
        else if (**l)
            g_string_append_printf(to, "\001%s", *l);
}

#define OPEN_MAX 16 /* texts in a row's value */

struct opened {
    const json_t *texts[OPEN_MAX];
    gsize n;
};

/* Every text of a value, wherever it stands. */
static void collect(struct opened *o, const json_t *value)
{
    const char *key;
    json_t *inner;
    size_t i;
    if (json_is_string(value)) {
        assert_true(o->n < OPEN_MAX);
        o->texts[o->n++] = value;
    }
    json_array_foreach(value, i, inner) collect(o, inner);
    json_object_foreach((json_t *)value, key, inner) collect(o, inner);
}

static char *fill(const struct template *t, const json_t *value, const struct opened *open,
                  const char *const texts[], template_encode_fn encode)
{
    GString *out = g_string_new(NULL);
    struct template *fixed = template_fix(t, value, open->texts, open->n, encode);
    template_fill(fixed, texts, out);
    template_free(fixed);
    return g_string_free(out, FALSE);
}

static void check_fixed(const struct row *r, const struct template *t, const json_t *example,
                        const struct opened *open, const char *const texts[])
{
    g_autofree char *got = fill(t, example, open, texts, NULL),
                    *encoded = fill(t, example, open, texts, bracket);
    g_autoptr(GString) want = g_string_new(NULL);
    bracket(want, r->want, strlen(r->want));
    if (!g_str_equal(got, r->want))
        fail_msg("%s: got %s", r->name, got);
    assert_string_equal(encoded, want->str);
}

/* Every way to leave texts open: those that are have another text when the template is fixed. */
static void test_fix(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        struct faults *f = faults_new();
        json_t *v = quoted(r->value);
        struct template *t = template_parse("t", r->source, r->output, v, f);
        struct opened all = { .n = 0 };
        assert_non_null(t);
        collect(&all, v);
        for (unsigned ways = 0; ways < 1u << all.n; ways++) {
            json_t *example = json_deep_copy(v);
            struct opened of_example = { .n = 0 }, open = { .n = 0 };
            const char *texts[OPEN_MAX];
            collect(&of_example, example);
            for (gsize k = 0; k < all.n; k++) {
                if (!(ways & 1u << k))
                    continue;
                texts[open.n] = json_string_value(all.texts[k]);
                if (*texts[open.n])
                    json_string_set((json_t *)of_example.texts[k], "<another>\n");
                open.texts[open.n++] = of_example.texts[k];
            }
            check_fixed(r, t, example, &open, texts);
            json_decref(example);
        }
        template_free(t);
        json_decref(v);
        faults_free(f);
    }
}

static const struct fault_row {
    const char *name, *source, *place, *code;
} faulty[] = {
    { "an unknown name is placed", "a\nb {{nope}}\n", "t:2:3", "unknown-name" },
    { "an unknown section", "{{#nope}}{{/nope}}", "t:1:1", "unknown-name" },
    { "an unknown part of a known name", "{{o.nope}}", "t:1:1", "unknown-name" },
    { "an inner name outside its section", "{{n}}", "t:1:1", "unknown-name" },
    { "a list is no text", "{{l}}", "t:1:1", "not-a-text" },
    { "a tag without end", "{{s", "t:1:1", "unclosed-tag" },
    { "a tag within a tag", "{{s {{s}}", "t:1:1", "unclosed-tag" },
    { "a section without end", "x{{#l}}", "t:1:2", "unclosed-section" },
    { "an end without section", "{{/l}}", "t:1:1", "unopened-section" },
    { "sections that cross", "{{#l}}{{#o}}{{/l}}{{/o}}{{/l}}", "t:1:13", "unopened-section" },
    { "an empty tag", "{{}}", "t:1:1", "bad-name" },
    { "no unescaped form", "{{{s}}}", "t:1:1", "bad-name" },
    { "nor the other", "{{&s}}", "t:1:1", "bad-name" },
    { "no partials", "{{>s}}", "t:1:1", "bad-name" },
    { "too many sections in each other",
      "{{#s}}{{#s}}{{#s}}{{#s}}{{#s}}{{#s}}{{#s}}{{#s}}{{#s}}{{#s}}{{#s}}{{#s}}{{#s}}{{#s}}{{#s}}{{"
      "#s}}"
      "{{#s}}",
      "t:1:97", "too-deep" },
};

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(faulty); i++) {
        const struct fault_row *r = &faulty[i];
        struct faults *f = faults_new();
        json_t *schema = quoted("{'s':'x','l':[{'n':'1'}],'o':{'p':'2'}}");
        struct template *t = template_parse("t", r->source, TEMPLATE_TEXT, schema, f);
        g_autofree char *text = faults_to_text(f);
        if (t || !f->errors->len)
            fail_msg("%s: it was taken", r->name);
        const struct fault *first = f->errors->pdata[0];
        if (strcmp(first->place, r->place) != 0 || strcmp(first->code, r->code) != 0)
            fail_msg("%s: %s", r->name, text);
        json_decref(schema);
        faults_free(f);
    }
}

static void test_every_fault_is_reported(void **state)
{
    (void)state;
    struct faults *f = faults_new();
    json_t *schema = quoted("{'s':'x'}");
    assert_null(
        template_parse("t", "{{a}}\n{{b}}\n{{#c}}{{d}}{{/c}}\n{{s}}", TEMPLATE_TEXT, schema, f));
    assert_int_equal(f->errors->len, 3); /* what is inside an unknown section cannot be told */
    json_decref(schema);
    faults_free(f);
}

static void test_missing_values_are_nothing(void **state)
{
    (void)state;
    struct faults *f = faults_new();
    json_t *schema = quoted("{'s':'x','l':[{'n':'1'}],'o':{'p':'2'}}"), *empty = json_object();
    struct template *t = template_parse("t", "<{{s}}{{#l}}{{n}}{{/l}}{{o.p}}{{^o}}!{{/o}}>",
                                        TEMPLATE_TEXT, schema, f);
    g_autoptr(GString) out = g_string_new(NULL);
    template_render(t, empty, out);
    assert_string_equal(out->str, "<!>");
    template_free(t);
    json_decref(schema);
    json_decref(empty);
    faults_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_render),
        cmocka_unit_test(test_fix),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_every_fault_is_reported),
        cmocka_unit_test(test_missing_values_are_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

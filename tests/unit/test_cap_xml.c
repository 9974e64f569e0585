#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "wire/cap_xml.h"

#define NS "urn:oasis:names:tc:emergency:cap:1.2"
#define ALERT(parts) "<alert xmlns=\"" NS "\">" parts "</alert>"

static const struct row {
    const char *name, *text, *want; /* the tree, or "!code"; "~code " before it: a warning */
} rows[] = {
    { "texts without the blanks around them", ALERT("<identifier> A </identifier>"),
      "alert(identifier=A)" },
    { "a text of pieces is one", ALERT("<note>a<!-- x -->b<![CDATA[c]]>&amp;</note>"),
      "alert(note=abc&)" },
    { "empty elements are left out", ALERT("<source> </source><note/>"), "alert()" },
    { "parts within parts", ALERT("<info><area><areaDesc>x</areaDesc></area></info>"),
      "alert(info(area(areaDesc=x)))" },
    { "a stranger's element is read over",
      ALERT("<x:s xmlns:x=\"urn:x\"><x:t>y</x:t></x:s><note>a</note>"),
      "~foreign-element alert(note=a)" },
    { "a misspelt one is not", ALERT("<nota>a</nota>"), "!unknown-element" },
    { "nor one in the wrong place", ALERT("<event>a</event>"), "!unknown-element" },
    { "a DOCTYPE", "<!DOCTYPE alert><alert xmlns=\"" NS "\"/>", "!doctype" },
    { "an older version than is wanted", "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.1\"/>",
      "!version-not-accepted" },
    { "nothing", "", "!not-xml" },
};

static void draw(const struct cap_node *n, GString *out)
{
    g_string_append(out, n->element->name);
    if (n->text)
        g_string_append_printf(out, "=%s", n->text);
    if (!n->parts)
        return;
    g_string_append_c(out, '(');
    for (guint i = 0; i < n->parts->len; i++)
        draw(n->parts->pdata[i], out);
    g_string_append_c(out, ')');
}

/* The first that is not about what these documents leave out. */
static const struct fault *first_of(const GPtrArray *faults)
{
    for (guint i = 0; i < faults->len; i++) {
        const struct fault *f = faults->pdata[i];
        if (strcmp(f->code, "missing-element") != 0)
            return f;
    }
    return NULL;
}

static void test_trees(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct faults *f = faults_new();
        enum cap_version version;
        struct cap_node *root =
            cap_xml_read(rows[i].text, strlen(rows[i].text), CAP_1_2, &version, f);
        g_autoptr(GString) got = g_string_new(NULL);
        const struct fault *error = first_of(f->errors), *warning = first_of(f->warnings);
        if (warning)
            g_string_append_printf(got, "~%s ", warning->code);
        if (error)
            g_string_printf(got, "!%s", error->code);
        else
            draw(root, got);
        if (strcmp(got->str, rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].name, got->str);
        if (root)
            cap_node_free(root);
        faults_free(f);
    }
}

static void test_places(void **state)
{
    static const char text[] = ALERT("\n<info/>\n  <info><web>x</web></info>");
    struct faults *f = faults_new();
    enum cap_version version;
    struct cap_node *root = cap_xml_read(text, strlen(text), CAP_1_0, &version, f);
    (void)state;
    assert_non_null(root);
    assert_int_equal(version, CAP_1_2);
    const struct cap_node *second = root->parts->pdata[root->parts->len - 1];
    g_autofree char *place = cap_node_place(cap_node_part(second, "web"));
    assert_string_equal(place, "3:9 /alert/info[2]/web");
    assert_null(cap_node_part(second, "note"));
    cap_node_free(root);
    faults_free(f);
}

static void test_faults_come_to_an_end(void **state)
{
    struct faults *f = faults_new();
    (void)state;
    for (int i = 0; i < 2 * CAP_MAX_FAULTS; i++) {
        cap_error(f, "/", "bad-time", "no");
        cap_warn(f, "/", "odd-time", "hm");
    }
    assert_int_equal(f->errors->len, CAP_MAX_FAULTS + 1);
    assert_string_equal(((struct fault *)f->errors->pdata[CAP_MAX_FAULTS])->code,
                        "too-many-faults");
    assert_int_equal(f->warnings->len, CAP_MAX_FAULTS + 1);
    g_autofree char *shown = cap_shown("a\x1b[31m\nb");
    assert_null(strchr(shown, '\x1b'));
    assert_null(strchr(shown, '\n'));
    faults_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_faults_come_to_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

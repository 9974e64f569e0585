#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "folder.h"
#include "wire/phrases.h"
#include "wire/template_set.h"
#include <glib/gstdio.h>

#define SHIPPED SOURCE_DIR "/conf/templates"

static const char *const files[] = { "representative.txt", "representative.html", "desk.txt",
                                     "desk.html",          "page.html",           "call_sheet.html",
                                     "report.txt",         "report.html",         "phrases/en.json",
                                     "phrases/es.json" };

/* A copy of the shipped folder with two languages, to be damaged. */
static char *copy_folder(void)
{
    char *folder = g_dir_make_tmp("templates-XXXXXX", NULL);
    g_autofree char *phrases = g_build_filename(folder, "phrases", NULL);
    assert_int_equal(g_mkdir(phrases, 0700), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *from = g_build_filename(SHIPPED, files[i], NULL);
        g_autofree char *to = g_build_filename(folder, files[i], NULL), *text = NULL;
        gsize len = 0;
        assert_true(g_file_get_contents(from, &text, &len, NULL));
        assert_true(g_file_set_contents(to, text, (gssize)len, NULL));
    }
    return folder;
}

static void remove_folder(char *folder)
{
    folder_remove(folder);
    g_free(folder);
}

static void damage(const char *folder, const char *file, const char *find, const char *replace)
{
    g_autofree char *path = g_build_filename(folder, file, NULL), *text = NULL;
    if (!find) {
        g_unlink(path);
        return;
    }
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_autoptr(GString) s = g_string_new(text);
    assert_true(g_string_replace(s, find, replace, 1) == 1);
    assert_true(g_file_set_contents(path, s->str, (gssize)s->len, NULL));
}

static const struct row {
    const char *name, *file, *find, *replace; /* find NULL: the file is removed */
    const char *code, *place;                 /* of the first error; place is part of it */
} rows[] = {
    { "a template that is not there", "desk.txt", NULL, NULL, "unreadable", "desk.txt" },
    { "a name nobody knows", "desk.txt", "{{desk.total}}", "{{desk.totl}}", "unknown-name",
      "/desk.txt:" },
    { "a phrase nobody knows", "representative.txt", "{{t.who}}", "{{t.whom}}", "unknown-name",
      "/representative.txt:" },
    { "a file that is not UTF-8", "desk.html", "DOCTYPE", "\xff", "encoding", "desk.html" },
    { "no English", "phrases/en.json", NULL, NULL, "missing-language", "phrases" },
    { "JSON that is none", "phrases/es.json", "{", "[", "syntax", "/es.json:" },
    { "a phrase given twice", "phrases/es.json", "\"type_cancel\"", "\"type_update\"", "syntax",
      "/es.json:" },
    { "a phrase less than English", "phrases/es.json", "\"quote\"", "\"zitat\"", "unknown-phrase",
      "es.json" },
    { "a phrase that says nothing", "phrases/es.json", "\"Llamar\"", "\"\"", "empty-phrase",
      "es.json" },
    { "a phrase that is no text", "phrases/es.json", "\"Llamar\"", "7", "empty-phrase", "es.json" },
    { "a hole that was translated", "phrases/es.json", "{name}", "{nombre}", "holes", "es.json" },
    { "a hole that was lost", "phrases/es.json", "{name}", "", "holes", "es.json" },
    { "a hole where nothing fills it", "phrases/es.json", "\"Llamar\"", "\"{name}\"", "holes",
      "es.json" },
    { "a direction that is none", "phrases/es.json", "\"ltr\"", "\"left\"", "direction",
      "es.json" },
};

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        char *folder = copy_folder();
        damage(folder, r->file, r->find, r->replace);
        struct faults *f = faults_new();
        struct template_set *t = template_set_load(folder, f);
        g_autofree char *text = faults_to_text(f);
        remove_folder(folder);
        if (t || !f->errors->len)
            fail_msg("%s: it was taken", r->name);
        const struct fault *first = f->errors->pdata[0];
        if (strcmp(first->code, r->code) != 0 || !strstr(first->place, r->place))
            fail_msg("%s: %s", r->name, text);
        faults_free(f);
    }
}

static void test_faults_of_all_files_come_at_once(void **state)
{
    (void)state;
    char *folder = copy_folder();
    damage(folder, "desk.txt", "{{desk.total}}", "{{desk.totl}}");
    damage(folder, "desk.html", "{{desk.total}}", "{{desk.totl}}");
    damage(folder, "phrases/es.json", "\"Llamar\"", "\"\"");
    struct faults *f = faults_new();
    assert_null(template_set_load(folder, f));
    assert_int_equal(f->errors->len, 3);
    faults_free(f);
    remove_folder(folder);
}

static const struct language_row {
    const char *asked, *given;
} languages[] = { { "es", "es" }, { "pt-BR", "pt" }, { "AR", "ar" }, { "ja", "en" },
                  { "", "en" },   { NULL, "en" },    { "esp", "en" } };

static void test_shipped_folder(void **state)
{
    (void)state;
    struct faults *f = faults_new();
    struct template_set *t = template_set_load(SHIPPED, f);
    g_autofree char *text = faults_to_text(f);
    if (!t)
        fail_msg("%s", text);
    g_autofree char *all = g_strjoinv(" ", (char **)template_set_languages(t));
    assert_string_equal(all, "ar en es fr pt");
    for (size_t i = 0; i < G_N_ELEMENTS(languages); i++) {
        const char *actual = NULL;
        assert_non_null(template_set_phrases(t, languages[i].asked, &actual));
        assert_string_equal(actual, languages[i].given);
    }
    struct template_set *same = template_set_ref(t);
    template_set_unref(t);
    assert_non_null(template_set_get(same, TEMPLATE_DESK_HTML));
    template_set_unref(same);
    faults_free(f);
}

static void test_holes_are_filled_once(void **state)
{
    (void)state;
    json_t *phrases = json_pack("{s:s}", "moment", "{date}, {time} {other}");
    g_autofree char *text = phrases_fill(phrases, "moment", "date", "{time}", "time", "8:00", NULL);
    assert_string_equal(text, "{time}, 8:00 {other}");
    assert_string_equal(phrases_get(phrases, "nothing"), "");
    json_decref(phrases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_faults_of_all_files_come_at_once),
        cmocka_unit_test(test_shipped_folder),
        cmocka_unit_test(test_holes_are_filled_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "wire/template_set.h"

#include "wire/after_action_view.h"
#include "wire/call_sheet_text.h"
#include "wire/notice_json.h"
#include "wire/page_shell.h"
#include "wire/phrases.h"
#include <string.h>

static const struct file {
    const char *name;
    enum template_output output;
    json_t *(*schema)(const json_t *phrases); /* every name it may say; new reference */
} files[] = {
    [TEMPLATE_REPRESENTATIVE_TEXT] = { "representative.txt", TEMPLATE_TEXT, notice_json_schema },
    [TEMPLATE_REPRESENTATIVE_HTML] = { "representative.html", TEMPLATE_HTML, notice_json_schema },
    [TEMPLATE_DESK_TEXT] = { "desk.txt", TEMPLATE_TEXT, notice_json_schema },
    [TEMPLATE_DESK_HTML] = { "desk.html", TEMPLATE_HTML, notice_json_schema },
    [TEMPLATE_PAGE] = { "page.html", TEMPLATE_HTML, page_shell_schema },
    [TEMPLATE_CALL_SHEET] = { "call_sheet.html", TEMPLATE_HTML, call_sheet_schema },
    [TEMPLATE_REPORT_TEXT] = { "report.txt", TEMPLATE_TEXT, after_action_schema },
    [TEMPLATE_REPORT_HTML] = { "report.html", TEMPLATE_HTML, after_action_schema },
};

struct template_set {
    gint refs; /* atomic */
    struct template *templates[G_N_ELEMENTS(files)];
    GHashTable *phrases;  /* language, owned -> json_t *, owned */
    GPtrArray *languages; /* const char *, the keys of phrases, sorted, NULL-terminated */
};

static char *read_file(const char *path, struct faults *f)
{
    g_autoptr(GError) error = NULL;
    char *text = NULL;
    gsize len = 0;
    if (!g_file_get_contents(path, &text, &len, &error)) {
        faults_add(f, path, "unreadable", "%s", error->message);
        return NULL;
    }
    if (len > TEMPLATE_SET_MAX_BYTES)
        faults_add(f, path, "too-large", "the file is larger than %d bytes",
                   TEMPLATE_SET_MAX_BYTES);
    else if (!g_utf8_validate(text, (gssize)len, NULL)) /* refuses NUL as well */
        faults_add(f, path, "encoding", "the file is not UTF-8");
    else
        return text;
    g_free(text);
    return NULL;
}

static json_t *read_phrases(const char *path, struct faults *f)
{
    g_autofree char *text = read_file(path, f);
    json_error_t error;
    json_t *phrases = text ? json_loads(text, JSON_REJECT_DUPLICATES, &error) : NULL;
    if (text && !phrases) {
        g_autofree char *place = g_strdup_printf("%s:%d:%d", path, error.line, error.column);
        faults_add(f, place, "syntax", "%s", error.text);
    }
    if (phrases && !json_is_object(phrases)) {
        faults_add(f, path, "wrong-type", "the file is not one object of phrases");
        g_clear_pointer(&phrases, json_decref);
    }
    return phrases;
}

/* "pt-br.json" -> "pt-br"; NULL for what is no language file (an editor's backup, say). */
static char *language_of(const char *name)
{
    size_t len = strlen(name);
    if (len < 7 || !g_str_has_suffix(name, ".json"))
        return NULL;
    char *language = g_strndup(name, len - 5);
    size_t letters = strspn(language, "abcdefghijklmnopqrstuvwxyz");
    bool good =
        (letters == 2 || letters == 3) &&
        !language[letters + strspn(language + letters, "-abcdefghijklmnopqrstuvwxyz0123456789")];
    return good ? language : (g_free(language), NULL);
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names in the folder, sorted, so that complaints come in the same order everywhere. */
static GPtrArray *list_folder(const char *folder, struct faults *f)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
    if (!dir)
        faults_add(f, folder, "unreadable", "%s", error->message);
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    return names;
}

static void load_languages(struct template_set *t, const char *folder, struct faults *f)
{
    g_autoptr(GPtrArray) names = list_folder(folder, f);
    for (guint i = 0; i < names->len; i++) {
        char *language = language_of(names->pdata[i]);
        if (!language)
            continue;
        g_autofree char *path = g_build_filename(folder, (const char *)names->pdata[i], NULL);
        json_t *phrases = read_phrases(path, f);
        if (!phrases) {
            g_free(language);
            continue;
        }
        g_hash_table_insert(t->phrases, language, phrases);
        g_ptr_array_add(t->languages, language);
    }
    g_ptr_array_add(t->languages, NULL);
}

static void check_languages(const struct template_set *t, const char *folder, struct faults *f)
{
    const json_t *english = g_hash_table_lookup(t->phrases, "en");
    if (!english && !faults_any(f))
        faults_add(f, folder, "missing-language", "en.json is missing");
    for (guint i = 0; english && t->languages->pdata[i]; i++) {
        const char *language = t->languages->pdata[i];
        g_autofree char *path = g_strdup_printf("%s/%s.json", folder, language);
        phrases_check(g_hash_table_lookup(t->phrases, language), english, path, f);
    }
}

static void load_templates(struct template_set *t, const char *folder, struct faults *f)
{
    const json_t *english = g_hash_table_lookup(t->phrases, "en");
    if (!english) /* its absence was complained of; every {{t.…}} would be another complaint */
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i].name, NULL);
        g_autofree char *text = read_file(path, f);
        json_t *schema = files[i].schema(english);
        if (text)
            t->templates[i] = template_parse(path, text, files[i].output, schema, f);
        json_decref(schema);
    }
}

static void free_json(gpointer value)
{
    json_decref(value);
}

struct template_set *template_set_load(const char *folder, struct faults *f)
{
    guint before = f->errors->len;
    struct template_set *t = g_new0(struct template_set, 1);
    t->refs = 1;
    t->phrases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_json);
    t->languages = g_ptr_array_new();
    g_autofree char *phrases = g_build_filename(folder, "phrases", NULL);
    load_languages(t, phrases, f);
    check_languages(t, phrases, f);
    load_templates(t, folder, f);
    if (f->errors->len == before)
        return t;
    template_set_unref(t);
    return NULL;
}

struct template_set *template_set_ref(struct template_set *t)
{
    g_atomic_int_inc(&t->refs);
    return t;
}

void template_set_unref(struct template_set *t)
{
    if (!t || !g_atomic_int_dec_and_test(&t->refs))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        template_free(t->templates[i]);
    g_ptr_array_unref(t->languages);
    g_hash_table_unref(t->phrases);
    g_free(t);
}

const char *const *template_set_languages(const struct template_set *t)
{
    return (const char *const *)t->languages->pdata;
}

const struct template *template_set_get(const struct template_set *t, enum template_role role)
{
    return t->templates[role];
}

const json_t *template_set_phrases(const struct template_set *t, const char *language,
                                   const char **actual)
{
    g_autofree char *exact = g_ascii_strdown(language ? language : "en", -1);
    g_autofree char *primary = g_strndup(exact, strcspn(exact, "-"));
    const char *const choices[] = { exact, primary, "en" };
    for (size_t i = 0; i < G_N_ELEMENTS(choices); i++) {
        gpointer key = NULL, phrases = NULL;
        if (g_hash_table_lookup_extended(t->phrases, choices[i], &key, &phrases)) {
            *actual = key;
            return phrases;
        }
    }
    g_assert_not_reached(); /* a set without English is not loaded */
}

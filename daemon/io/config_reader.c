#include "io/config_reader.h"
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "io/config_scan.h"

#define MAX_TEXT 4096 /* bytes of a text in a data file */
#define MAX_SHOWN 60  /* characters of a value in a complaint */

static const char *type_name(const config_setting_t *s)
{
    switch (config_setting_type(s)) {
    case CONFIG_TYPE_GROUP:
        return "a group { … }";
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        return "an integer";
    case CONFIG_TYPE_FLOAT:
        return "a number with a point";
    case CONFIG_TYPE_STRING:
        return "a text";
    case CONFIG_TYPE_BOOL:
        return "a boolean";
    case CONFIG_TYPE_ARRAY:
        return "an array [ … ]";
    default:
        return "a list ( … )";
    }
}

char *config_reader_path(const config_setting_t *s)
{
    GString *out = g_string_new(NULL);
    for (; s && !config_setting_is_root(s); s = config_setting_parent(s)) {
        const char *name = config_setting_name(s);
        g_autofree char *part =
            name ? g_strdup(name) : g_strdup_printf("[%d]", config_setting_index(s));
        if (out->len > 0 && out->str[0] != '[')
            g_string_prepend_c(out, '.');
        g_string_prepend(out, part);
    }
    return g_string_free(out, FALSE);
}

char *config_reader_place(const config_setting_t *s)
{
    g_autofree char *path = config_reader_path(s);
    const char *file = config_setting_source_file(s);
    return g_strdup_printf("%s:%u: %s", file ? file : "", config_setting_source_line(s), path);
}

/* A scalar as it stands in the file, "" for others; caller frees. */
static char *shown_value(const config_setting_t *s)
{
    switch (config_setting_type(s)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        return g_strdup_printf("%lld ", config_setting_get_int64(s));
    case CONFIG_TYPE_BOOL:
        return g_strdup(config_setting_get_bool(s) ? "true " : "false ");
    case CONFIG_TYPE_STRING: {
        g_autofree char *text = text_printable(config_setting_get_string(s), -1);
        g_autofree char *cut = text_ellipsize(text, MAX_SHOWN);
        return g_strdup_printf("\"%s\" ", cut);
    }
    default:
        return g_strdup("");
    }
}

static void wrong_type(const config_setting_t *s, const char *wanted, struct faults *f)
{
    g_autofree char *place = config_reader_place(s);
    g_autofree char *value = shown_value(s);
    faults_add(f, place, "wrong-type", "%sis %s, must be %s", value, type_name(s), wanted);
}

/* The scan has told of this value already, and what libconfig made of it means nothing. */
static bool is_told(const config_setting_t *s, const struct faults *f)
{
    g_autofree char *line =
        g_strdup_printf("%s:%u: ", config_setting_source_file(s), config_setting_source_line(s));
    for (guint i = 0; i < f->errors->len; i++) {
        const struct fault *e = g_ptr_array_index(f->errors, i);
        if ((g_str_equal(e->code, "integer-too-big") || g_str_equal(e->code, "line-break")) &&
            g_str_has_prefix(e->place, line))
            return true;
    }
    return false;
}

/* The line of a file, without blanks around it; "" where there is none.  Caller frees. */
static char *line_of_file(const char *file, int line)
{
    g_autofree char *text = NULL;
    if (line < 1 || !g_file_get_contents(file, &text, NULL, NULL))
        return g_strdup("");
    g_auto(GStrv) lines = g_strsplit(text, "\n", line + 1);
    if ((int)g_strv_length(lines) < line)
        return g_strdup("");
    g_autofree char *clean = text_printable(g_strstrip(lines[line - 1]), -1);
    return text_ellipsize(clean, MAX_SHOWN);
}

static void report_syntax(const config_t *tree, const char *file, const char *folder,
                          struct faults *f)
{
    const char *where = config_error_file(tree);
    const char *what = config_error_text(tree);
    bool included = where && folder && strcmp(where, file) != 0;
    g_autofree char *path =
        included ? g_build_filename(folder, where, NULL) : g_strdup(where ? where : file);
    g_autofree char *line = line_of_file(path, config_error_line(tree));
    g_autofree char *place =
        g_strdup_printf("%s:%d", where ? where : file, config_error_line(tree));
    faults_add(f, place, "syntax", "%s%s%s", what ? what : "cannot be read",
               *line ? " at or before: " : " at or before the end", line);
}

bool config_reader_open(config_t *tree, const char *file, struct faults *f)
{
    config_init(tree);
    g_autofree char *folder = strchr(file, '/') ? g_path_get_dirname(file) : NULL;
    if (!config_scan(file, folder, f))
        return false;
    if (folder)
        config_set_include_dir(tree, folder);
    if (config_read_file(tree, file))
        return true;
    report_syntax(tree, file, folder, f);
    return false;
}

const char *config_reader_text(const config_setting_t *s, size_t max_bytes, struct faults *f)
{
    const char *text = config_setting_get_string(s);
    if (!text) {
        wrong_type(s, "a text in quotes", f);
        return NULL;
    }
    if (strlen(text) > max_bytes) {
        g_autofree char *place = config_reader_place(s);
        faults_add(f, place, "too-long", "has %zu bytes, at most %zu are possible", strlen(text),
                   max_bytes);
        return NULL;
    }
    if (text_has_control(text) && is_told(s, f))
        return NULL;
    if (text_has_control(text)) {
        g_autofree char *place = config_reader_place(s);
        g_autofree char *shown = text_printable(text, -1);
        faults_add(f, place, "control-character",
                   "\"%s\" holds a control character or broken UTF-8", shown);
        return NULL;
    }
    return text;
}

static char *out_of_range(const char *number, int64_t min, int64_t max, const char *unit)
{
    return g_strdup_printf("%s is out of range: give %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                           "%s%s",
                           number, min, max, *unit ? " " : "", unit);
}

/* The scan knows no ranges: to write a number in a longer form is no advice where it is refused all
 * the same. */
static void mend_advice(const config_setting_t *s, int64_t min, int64_t max, const char *unit,
                        struct faults *f)
{
    g_autofree char *place = config_reader_place(s);
    for (guint i = 0; i < f->errors->len; i++) {
        struct fault *e = g_ptr_array_index(f->errors, i);
        if (!g_str_equal(e->code, "integer-too-big") || !g_str_equal(e->place, place))
            continue;
        g_autofree char *number = g_strndup(e->detail, strcspn(e->detail, " "));
        int64_t value = g_ascii_strtoll(number, NULL, 0);
        if (value >= min && value <= max)
            continue;
        g_free(e->code);
        g_free(e->detail);
        e->code = g_strdup("out-of-range");
        e->detail = out_of_range(number, min, max, unit);
    }
}

bool config_reader_integer(const config_setting_t *s, int64_t min, int64_t max, const char *unit,
                           int64_t *out, struct faults *f)
{
    int type = config_setting_type(s);
    if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
        wrong_type(s, "an integer", f);
        return false;
    }
    if (is_told(s, f)) {
        mend_advice(s, min, max, unit, f);
        return false;
    }
    int64_t value =
        type == CONFIG_TYPE_INT ? config_setting_get_int(s) : config_setting_get_int64(s);
    if (value < min || value > max) {
        g_autofree char *place = config_reader_place(s);
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, value);
        g_autofree char *why = out_of_range(number, min, max, unit);
        faults_add(f, place, "out-of-range", "%s", why);
        return false;
    }
    *out = value;
    return true;
}

bool config_reader_bool(const config_setting_t *s, bool *out, struct faults *f)
{
    if (config_setting_type(s) != CONFIG_TYPE_BOOL) {
        wrong_type(s, "true or false", f);
        return false;
    }
    *out = config_setting_get_bool(s) == CONFIG_TRUE;
    return true;
}

bool config_reader_list(const config_setting_t *s, struct faults *f)
{
    if (config_setting_is_list(s) == CONFIG_TRUE || config_setting_is_array(s) == CONFIG_TRUE)
        return true;
    wrong_type(s, "an array [ … ] or a list ( … )", f);
    return false;
}

const config_setting_t *config_reader_group_at(const config_setting_t *list, int i,
                                               struct faults *f)
{
    const config_setting_t *element = config_setting_get_elem(list, (unsigned)i);
    if (config_setting_is_group(element) == CONFIG_TRUE)
        return element;
    wrong_type(element, "a group { … }", f);
    return NULL;
}

void config_reader_unknown(const config_setting_t *s, const char *const *known, const char *rather,
                           struct faults *f)
{
    g_autofree char *place = config_reader_place(s);
    const char *name = config_setting_name(s);
    const char *close = text_did_you_mean(name ? name : "", known);
    if (!close)
        close = rather;
    if (close)
        faults_add(f, place, "unknown-key", "there is no such key; did you mean %s?", close);
    else
        faults_add(f, place, "unknown-key", "there is no such key");
}

void config_reader_not_one_of(const config_setting_t *s, const char *text,
                              const char *const *choices, struct faults *f)
{
    g_autofree char *place = config_reader_place(s);
    g_autofree char *all = g_strjoinv(", ", (char **)choices);
    const char *close = text_did_you_mean(text, choices);
    faults_add(f, place, "not-one-of", "\"%s\" is none of: %s%s%s%s", text, all,
               close ? "; did you mean " : "", close ? close : "", close ? "?" : "");
}

int config_reader_choice(const config_setting_t *s, const char *const *choices, struct faults *f)
{
    const char *text = config_reader_text(s, MAX_TEXT, f);
    for (int i = 0; text && choices[i]; i++)
        if (g_ascii_strcasecmp(choices[i], text) == 0)
            return i;
    if (text)
        config_reader_not_one_of(s, text, choices, f);
    return -1;
}

/* A number may be written without a point, which libconfig would call another type. */
static bool read_degrees(const config_setting_t *s, int limit, double *out, struct faults *f)
{
    int type = config_setting_type(s);
    double value;
    if (type == CONFIG_TYPE_FLOAT)
        value = config_setting_get_float(s);
    else if (type == CONFIG_TYPE_INT)
        value = config_setting_get_int(s);
    else {
        wrong_type(s, "a number of degrees", f);
        return false;
    }
    if (!isfinite(value) || fabs(value) > limit) {
        g_autofree char *place = config_reader_place(s);
        faults_add(f, place, "out-of-range", "%g is out of range: give %d to %d degrees", value,
                   -limit, limit);
        return false;
    }
    *out = value;
    return true;
}

static void read_text_field(const config_setting_t *s, const struct config_field *field, char **out,
                            struct faults *f)
{
    const char *text = config_reader_text(s, MAX_TEXT, f);
    const char *wrong = NULL;
    if (!text)
        return;
    if (!*text && field->required)
        wrong = "must not be empty";
    else if (*text && field->check)
        wrong = field->check(text);
    if (wrong) {
        g_autofree char *place = config_reader_place(s);
        faults_add(f, place, "bad-value", "\"%s\": %s", text, wrong);
        return;
    }
    g_free(*out);
    *out = g_strdup(text);
}

static void read_field(const config_setting_t *s, const struct config_field *field, void *record,
                       struct faults *f)
{
    void *member = (char *)record + field->offset;
    int64_t number = 0;
    switch (field->type) {
    case CONFIG_FIELD_TEXT:
        read_text_field(s, field, member, f);
        break;
    case CONFIG_FIELD_DEGREES:
        read_degrees(s, field->limit, member, f);
        break;
    case CONFIG_FIELD_INTEGER:
        if (config_reader_integer(s, 1, field->limit, "", &number, f))
            *(int *)member = (int)number;
        break;
    case CONFIG_FIELD_BOOL:
        config_reader_bool(s, member, f);
        break;
    case CONFIG_FIELD_OTHER:
        break;
    }
}

static const struct config_field *find_field(const struct config_field *fields, const char *name)
{
    for (; fields->name; fields++)
        if (g_str_equal(fields->name, name))
            return fields;
    return NULL;
}

static void report_unknown(const config_setting_t *s, const struct config_field *fields,
                           struct faults *f)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (; fields->name; fields++)
        g_ptr_array_add(names, (gpointer)fields->name);
    g_ptr_array_add(names, NULL);
    config_reader_unknown(s, (const char *const *)names->pdata, NULL, f);
}

void config_reader_fields(const config_setting_t *group, const struct config_field *fields,
                          void *record, struct faults *f)
{
    for (const struct config_field *field = fields; field->name; field++) {
        if (field->type == CONFIG_FIELD_TEXT)
            *(char **)((char *)record + field->offset) = g_strdup("");
        if (field->required && !config_setting_get_member(group, field->name)) {
            g_autofree char *place = config_reader_place(group);
            faults_add(f, place, "missing", "has no %s", field->name);
        }
    }
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
        const struct config_field *field = find_field(fields, config_setting_name(s));
        if (field)
            read_field(s, field, record, f);
        else
            report_unknown(s, fields, f);
    }
}

#include "wire/json_reader.h"

#include <string.h>

#include "base/text.h"

/* A place is for people: a member name of megabytes is cut. */
#define NAME_SHOWN_CHARS 80

static void append_segment(GString *out, const char *name)
{
    g_autofree char *printable = text_printable(name, -1);
    g_autofree char *shown = text_ellipsize(printable, NAME_SHOWN_CHARS);

    for (const char *p = shown; *p; p++) {
        if (*p == '~')
            g_string_append(out, "~0");
        else if (*p == '/')
            g_string_append(out, "~1");
        else
            g_string_append_c(out, *p);
    }
}

static void append_pointer(GString *out, const struct json_place *at)
{
    if (!at)
        return;
    append_pointer(out, at->up);
    g_string_append_c(out, '/');
    if (at->name)
        append_segment(out, at->name);
    else
        g_string_append_printf(out, "%zu", at->index);
}

char *json_reader_pointer(const struct json_place *at)
{
    GString *out = g_string_new(NULL);

    append_pointer(out, at);
    return g_string_free(out, FALSE);
}

struct json_place json_reader_member_place(const struct json_reader *r, const char *name)
{
    return (struct json_place){ r->at, name, 0 };
}

struct json_place json_reader_item_place(const struct json_place *array, size_t i)
{
    return (struct json_place){ array, NULL, i };
}

void json_reader_fault(struct faults *f, const struct json_place *at, const char *code,
                       const char *format, ...)
{
    va_list args;

    if (f->errors->len > JSON_READER_MAX_FAULTS)
        return;
    if (f->errors->len == JSON_READER_MAX_FAULTS) {
        faults_add(f, "", "too-many-faults", "there are more faults than these");
        return;
    }
    g_autofree char *place = json_reader_pointer(at);
    va_start(args, format);
    g_autofree char *detail = g_strdup_vprintf(format, args);
    va_end(args);
    faults_add(f, place, code, "%s", detail);
}

static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        break;
    }
    return "null";
}

static void wrong_type(struct faults *f, const struct json_place *at, const char *want,
                       const json_t *value)
{
    json_reader_fault(f, at, "wrong-type", "must be %s, not %s", want, type_name(value));
}

bool json_reader_open(struct json_reader *r, const json_t *value, const struct json_place *at,
                      struct faults *f)
{
    *r = (struct json_reader){ .object = value, .at = at, .faults = f };
    if (json_is_object(value))
        return true;
    wrong_type(f, at, "an object", value);
    r->object = NULL;
    return false;
}

static bool is_known(const struct json_reader *r, const char *name)
{
    for (size_t i = 0; i < r->n_known; i++)
        if (strcmp(r->known[i], name) == 0)
            return true;
    return false;
}

void json_reader_close(struct json_reader *r)
{
    const char *name;
    json_t *value;

    if (!r->object)
        return;
    json_object_foreach((json_t *)r->object, name, value)
    {
        if (is_known(r, name))
            continue;
        /* Looking for what was meant takes time, which a member count of somebody else's choosing
         * has not. */
        if (r->faults->errors->len > JSON_READER_MAX_FAULTS)
            return;
        struct json_place at = json_reader_member_place(r, name);
        const char *meant =
            strlen(name) <= NAME_SHOWN_CHARS ? text_did_you_mean(name, r->known) : NULL;
        if (meant)
            json_reader_fault(r->faults, &at, "unknown-member",
                              "there is no such member, did you mean \"%s\"", meant);
        else
            json_reader_fault(r->faults, &at, "unknown-member", "there is no such member");
    }
}

bool json_reader_has(const struct json_reader *r, const char *name)
{
    return r->object && json_object_get(r->object, name);
}

const json_t *json_reader_member(struct json_reader *r, const char *name, enum json_need need)
{
    if (!r->object)
        return NULL;
    if (!is_known(r, name)) {
        g_assert(r->n_known < JSON_READER_MAX_MEMBERS);
        r->known[r->n_known++] = name;
    }
    const json_t *value = json_object_get(r->object, name);
    if (!value && need == JSON_MUST) {
        struct json_place at = json_reader_member_place(r, name);
        json_reader_fault(r->faults, &at, "missing-member", "%s is required", name);
    }
    return value;
}

/* The string when its size is good, NULL after a fault. */
static const char *sized_string(const json_t *value, const struct json_place *at, struct faults *f,
                                size_t max_bytes)
{
    if (!json_is_string(value)) {
        wrong_type(f, at, "a string", value);
        return NULL;
    }
    const char *s = json_string_value(value);
    size_t len = json_string_length(value);
    if (len > max_bytes) {
        json_reader_fault(f, at, "too-long", "%zu bytes, at most %zu are accepted", len, max_bytes);
        return NULL;
    }
    for (const char *p = s; *p; p = g_utf8_next_char(p))
        if (!g_unichar_isspace(g_utf8_get_char(p)))
            return s;
    json_reader_fault(f, at, "empty", "must not be empty");
    return NULL;
}

char *json_reader_value_line(const json_t *value, const struct json_place *at, struct faults *f,
                             size_t max_bytes)
{
    const char *s = sized_string(value, at, f, max_bytes);

    if (!s)
        return NULL;
    if (!text_has_control(s))
        return g_strdup(s);
    json_reader_fault(f, at, "control-character",
                      "must be one line without control characters (newline and tab included)");
    return NULL;
}

char *json_reader_line(struct json_reader *r, const char *name, enum json_need need,
                       size_t max_bytes)
{
    const json_t *value = json_reader_member(r, name, need);
    struct json_place at = json_reader_member_place(r, name);

    return value ? json_reader_value_line(value, &at, r->faults, max_bytes) : NULL;
}

char *json_reader_text(struct json_reader *r, const char *name, enum json_need need,
                       size_t max_bytes)
{
    const json_t *value = json_reader_member(r, name, need);
    struct json_place at = json_reader_member_place(r, name);
    const char *s = value ? sized_string(value, &at, r->faults, max_bytes) : NULL;

    if (!s)
        return NULL;
    g_autoptr(GString) out = g_string_sized_new(strlen(s));
    for (const char *p = s; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == '\r' && p[1] == '\n')
            continue;
        if (g_unichar_iscntrl(c) && c != '\n' && c != '\t') {
            json_reader_fault(
                r->faults, &at, "control-character",
                "control character U+%04X at byte %zu; only newline and tab are allowed", c,
                (size_t)(p - s));
            return NULL;
        }
        g_string_append_unichar(out, c);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

int json_reader_value_enum(const json_t *value, const struct json_place *at, struct faults *f,
                           const char *const *names)
{
    if (!json_is_string(value)) {
        wrong_type(f, at, "a string", value);
        return -1;
    }
    const char *s = json_string_value(value);
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], s) == 0)
            return i;
    g_autofree char *all = g_strjoinv(", ", (char **)names);
    g_autofree char *printable = text_printable(s, -1);
    g_autofree char *shown = text_ellipsize(printable, NAME_SHOWN_CHARS);
    json_reader_fault(f, at, "not-one-of", "\"%s\" is not one of %s", shown, all);
    return -1;
}

int json_reader_enum(struct json_reader *r, const char *name, enum json_need need,
                     const char *const *names)
{
    const json_t *value = json_reader_member(r, name, need);
    struct json_place at = json_reader_member_place(r, name);

    return value ? json_reader_value_enum(value, &at, r->faults, names) : -1;
}

bool json_reader_time(struct json_reader *r, const char *name, enum json_need need,
                      struct timestamp *out)
{
    const json_t *value = json_reader_member(r, name, need);
    struct json_place at = json_reader_member_place(r, name);
    const char *why;

    if (!value)
        return false;
    if (!json_is_string(value)) {
        wrong_type(r->faults, &at, "a time in a string", value);
        return false;
    }
    if (timestamp_parse(json_string_value(value), out, &why))
        return true;
    json_reader_fault(r->faults, &at, "bad-time", "%s; write it as 2026-11-23T09:30:00-05:00", why);
    return false;
}

bool json_reader_integer(struct json_reader *r, const char *name, enum json_need need, int64_t min,
                         int64_t max, int64_t *out)
{
    const json_t *value = json_reader_member(r, name, need);
    struct json_place at = json_reader_member_place(r, name);

    if (!value)
        return false;
    if (!json_is_integer(value)) {
        wrong_type(r->faults, &at, "a whole number", value);
        return false;
    }
    int64_t n = json_integer_value(value);
    if (n < min || n > max) {
        json_reader_fault(r->faults, &at, "out-of-range",
                          "%" G_GINT64_FORMAT " is not in %" G_GINT64_FORMAT "..%" G_GINT64_FORMAT,
                          n, min, max);
        return false;
    }
    *out = n;
    return true;
}

bool json_reader_boolean(struct json_reader *r, const char *name, enum json_need need, bool *out)
{
    const json_t *value = json_reader_member(r, name, need);
    struct json_place at = json_reader_member_place(r, name);

    if (!value)
        return false;
    if (!json_is_boolean(value)) {
        wrong_type(r->faults, &at, "true or false", value);
        return false;
    }
    *out = json_is_true(value);
    return true;
}

const json_t *json_reader_array(struct json_reader *r, const char *name, enum json_need need,
                                size_t min, size_t max)
{
    const json_t *value = json_reader_member(r, name, need);
    struct json_place at = json_reader_member_place(r, name);

    if (!value)
        return NULL;
    if (!json_is_array(value)) {
        wrong_type(r->faults, &at, "an array", value);
        return NULL;
    }
    size_t n = json_array_size(value);
    if (n >= min && n <= max)
        return value;
    if (n < min)
        json_reader_fault(r->faults, &at, "empty", "needs at least %zu element%s", min,
                          min == 1 ? "" : "s");
    else
        json_reader_fault(r->faults, &at, "too-long", "%zu elements, at most %zu are accepted", n,
                          max);
    return NULL;
}

GPtrArray *json_reader_lines(struct json_reader *r, const char *name, enum json_need need,
                             size_t max, size_t max_bytes)
{
    const json_t *array = json_reader_array(r, name, need, 1, max);
    struct json_place at = json_reader_member_place(r, name);

    if (!array)
        return NULL;
    GPtrArray *out = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < json_array_size(array); i++) {
        struct json_place item = json_reader_item_place(&at, i);
        char *line = json_reader_value_line(json_array_get(array, i), &item, r->faults, max_bytes);
        if (line)
            g_ptr_array_add(out, line);
    }
    if (out->len == 0)
        g_clear_pointer(&out, g_ptr_array_unref);
    return out;
}

#include "wire/form.h"

#include "base/text.h"
#include <glib.h>
#include <string.h>

/* NULL: not whole, a NUL, or no UTF-8. */
static char *decode(const char *text, size_t len)
{
    g_autofree char *copy = g_strndup(text, len);
    g_strdelimit(copy, "+", ' ');
    g_autofree char *plain = g_uri_unescape_string(copy, NULL);
    return plain && g_utf8_validate(plain, -1, NULL) ? g_steal_pointer(&plain) : NULL;
}

/* Browsers end lines with CR LF. */
static void join_line_ends(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++)
        if (*from != '\r' || from[1] != '\n')
            *to++ = *from;
    *to = '\0';
}

static bool has_control(const char *text)
{
    g_autofree char *copy = g_strdup(text);
    g_strdelimit(copy, "\n", ' ');
    return text_has_control(copy);
}

static void fault(struct faults *f, const char *name, const char *code, const char *why)
{
    g_autofree char *shown = text_printable(name, -1);
    g_autofree char *place = g_strconcat("/", shown, NULL);
    faults_add(f, place, code, "%s", why);
}

static void take_value(struct form *out, size_t which, const char *text, size_t max_bytes,
                       struct faults *f)
{
    const char *name = out->names[which];
    g_autofree char *value = decode(text, strlen(text));
    if (out->values[which]) {
        fault(f, name, "given-twice", "the field is given twice");
    } else if (!value) {
        fault(f, name, "bad-encoding", "the value is not properly encoded text");
    } else {
        join_line_ends(value);
        if (strlen(value) > max_bytes)
            fault(f, name, "too-long", "the value is too long");
        else if (has_control(value))
            fault(f, name, "control-character", "the value holds a control character");
        else
            out->values[which] = g_steal_pointer(&value);
    }
}

static void take_pair(struct form *out, const char *pair, size_t max_bytes, struct faults *f)
{
    size_t n = strcspn(pair, "="), i = 0;
    g_autofree char *name = decode(pair, n);
    if (!name) {
        fault(f, "", "bad-encoding", "a field's name is not properly encoded text");
        return;
    }
    while (out->names[i] && !g_str_equal(out->names[i], name))
        i++;
    if (out->names[i])
        take_value(out, i, pair + n + (pair[n] == '='), max_bytes, f);
    else
        fault(f, name, "unknown-field", "there is no such field in the form");
}

bool form_read(struct form *out, const char *text, size_t len, const char *const *names,
               size_t max_bytes, struct faults *f)
{
    *out = (struct form){ .names = names };
    g_assert(g_strv_length((char **)names) <= FORM_MAX_FIELDS);
    if (memchr(text, '\0', len)) {
        fault(f, "", "bad-encoding", "there is a NUL in the form");
        return false;
    }
    g_autofree char *whole = g_strndup(text, len);
    g_auto(GStrv) pairs = g_strsplit(whole, "&", 2 * FORM_MAX_FIELDS);
    for (size_t i = 0; pairs[i]; i++)
        take_pair(out, pairs[i], max_bytes, f);
    return !faults_any(f);
}

const char *form_value(const struct form *form, const char *name)
{
    for (size_t i = 0; form->names[i]; i++)
        if (g_str_equal(form->names[i], name))
            return form->values[i] ? form->values[i] : "";
    g_assert_not_reached(); /* a field that the form does not name is our bug */
}

void form_clear(struct form *form)
{
    for (size_t i = 0; i < FORM_MAX_FIELDS; i++)
        g_free(form->values[i]);
    *form = (struct form){ 0 };
}

#include <string.h>

#include "base/text.h"
#include "wire/cap_xml.h"

#define SHOWN_CHARS 60
#define SHOWN_BYTES 400 /* no more is looked at: the text may have megabytes */

void cap_node_free(struct cap_node *n)
{
    if (!n)
        return;
    if (n->parts)
        g_ptr_array_unref(n->parts);
    g_free(n->text);
    g_free(n);
}

const struct cap_node *cap_node_part(const struct cap_node *n, const char *name)
{
    for (guint i = 0; n->parts && i < n->parts->len; i++) {
        const struct cap_node *part = n->parts->pdata[i];
        if (strcmp(part->element->name, name) == 0)
            return part;
    }
    return NULL;
}

static void append_path(GString *out, const struct cap_node *n)
{
    if (n->up)
        append_path(out, n->up);
    g_string_append_printf(out, "/%s", n->element->name);
    if (n->element->most != 1)
        g_string_append_printf(out, "[%u]", n->index);
}

char *cap_node_place(const struct cap_node *n)
{
    GString *out = g_string_new(NULL);

    g_string_printf(out, "%u:%u ", n->line, n->column);
    append_path(out, n);
    return g_string_free(out, FALSE);
}

void cap_error(struct faults *f, const char *place, const char *code, const char *sentence)
{
    if (f->errors->len < CAP_MAX_FAULTS)
        faults_add(f, place, code, "%s", sentence);
    else if (f->errors->len == CAP_MAX_FAULTS)
        faults_add(f, place, "too-many-faults", "there is more that is wrong");
}

void cap_warn(struct faults *f, const char *place, const char *code, const char *sentence)
{
    if (f->warnings->len < CAP_MAX_FAULTS)
        faults_warn(f, place, code, "%s", sentence);
    else if (f->warnings->len == CAP_MAX_FAULTS)
        faults_warn(f, place, "too-many-faults", "there is more that is odd");
}

void cap_node_error(const struct cap_node *n, struct faults *f, const char *code,
                    const char *format, ...)
{
    va_list args;

    if (f->errors->len > CAP_MAX_FAULTS)
        return;
    va_start(args, format);
    g_autofree char *sentence = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *place = cap_node_place(n);
    cap_error(f, place, code, sentence);
}

void cap_node_warn(const struct cap_node *n, struct faults *f, const char *code, const char *format,
                   ...)
{
    va_list args;

    if (f->warnings->len > CAP_MAX_FAULTS)
        return;
    va_start(args, format);
    g_autofree char *sentence = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *place = cap_node_place(n);
    cap_warn(f, place, code, sentence);
}

char *cap_shown(const char *text)
{
    g_autofree char *head = g_strndup(text, SHOWN_BYTES);
    g_autofree char *brief = text_ellipsize(head, SHOWN_CHARS);

    return text_printable(brief, -1);
}

#include "model/faults.h"

static void fault_free(gpointer data)
{
    struct fault *f = data;
    g_free(f->place);
    g_free(f->code);
    g_free(f->detail);
    g_free(f);
}

struct faults *faults_new(void)
{
    struct faults *f = g_new0(struct faults, 1);
    f->errors = g_ptr_array_new_with_free_func(fault_free);
    f->warnings = g_ptr_array_new_with_free_func(fault_free);
    return f;
}

void faults_free(struct faults *f)
{
    if (!f)
        return;
    g_ptr_array_unref(f->errors);
    g_ptr_array_unref(f->warnings);
    g_free(f);
}

static void add(GPtrArray *to, const char *place, const char *code, const char *format,
                va_list args) G_GNUC_PRINTF(4, 0);

static void add(GPtrArray *to, const char *place, const char *code, const char *format,
                va_list args)
{
    struct fault *f = g_new0(struct fault, 1);
    f->place = g_strdup(place ? place : "");
    f->code = g_strdup(code);
    f->detail = g_strdup_vprintf(format, args);
    g_ptr_array_add(to, f);
}

void faults_add(struct faults *f, const char *place, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(f->errors, place, code, format, args);
    va_end(args);
}

void faults_warn(struct faults *f, const char *place, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(f->warnings, place, code, format, args);
    va_end(args);
}

bool faults_any(const struct faults *f)
{
    return f->errors->len > 0;
}

static void append(GString *out, const GPtrArray *list, const char *mark)
{
    for (guint i = 0; i < list->len; i++) {
        const struct fault *f = list->pdata[i];
        if (*f->place) /* "" is a whole JSON document */
            g_string_append_printf(out, "%s: ", f->place);
        g_string_append_printf(out, "%s%s (%s)\n", mark, f->detail, f->code);
    }
}

char *faults_to_text(const struct faults *f)
{
    GString *out = g_string_new(NULL);
    append(out, f->errors, "");
    append(out, f->warnings, "warning: ");
    return g_string_free(out, FALSE);
}

char *faults_to_line(const struct faults *f)
{
    g_autofree char *text = g_strchomp(faults_to_text(f));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    return g_strjoinv("; ", lines);
}

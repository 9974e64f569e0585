#include "io/config_scan.h"
#include <errno.h>
#include <string.h>

#define MAX_DEPTH 10 /* libconfig's own; deeper is its error to report */

struct scan {
    const char *include_dir;
    struct faults *faults;
    unsigned files;
    bool fit; /* for libconfig */
};

struct cursor {
    const char *p, *end;
    const char *file;
    unsigned line;
    char *name;       /* last name read, owned */
    GPtrArray *path;  /* char *: the groups around, owned */
    bool break_told;  /* a text that runs over a line's end has been reported */
    bool line_starts; /* nothing but blanks since the last newline */
};

static void scan_file(struct scan *s, const char *shown, const char *file, unsigned depth);

static char *place(const struct cursor *c)
{
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "%s:%u: ", c->file, c->line);
    for (guint i = 0; i < c->path->len; i++) {
        const char *group = g_ptr_array_index(c->path, i);
        if (*group)
            g_string_append_printf(out, "%s.", group);
    }
    g_string_append(out, c->name ? c->name : "");
    return g_string_free(out, FALSE);
}

static bool is_name_start(char c)
{
    return g_ascii_isalpha(c) || c == '*';
}

static bool is_name(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '_' || c == '*';
}

static void skip_line(struct cursor *c)
{
    while (c->p < c->end && *c->p != '\n')
        c->p++;
}

static void skip_block_comment(struct cursor *c)
{
    for (c->p += 2; c->p < c->end; c->p++) {
        if (*c->p == '\n')
            c->line++;
        if (*c->p == '*' && c->p + 1 < c->end && c->p[1] == '/') {
            c->p += 2;
            return;
        }
    }
}

static void report_text(struct scan *s, const struct cursor *c, const char *code, const char *says)
{
    g_autofree char *where = place(c);
    faults_add(s->faults, where, code, "%s", says);
}

/* Only the first of a file is told, at the line where the text began: behind a missing quotation
 * mark every text looks like that. */
static void report_no_end(struct scan *s, struct cursor *c)
{
    if (!c->break_told)
        report_text(s, c, "line-break",
                    "a text runs over the end of the line; is its closing quotation mark missing?");
    c->break_told = true;
}

static void skip_string(struct scan *s, struct cursor *c)
{
    for (c->p++; c->p < c->end && *c->p != '"'; c->p++) {
        if (*c->p == '\\' && c->end - c->p >= 4 && memcmp(c->p, "\\x00", 4) == 0)
            report_text(s, c, "control-character", "a text holds \\x00, where it would be cut off");
        if (*c->p == '\\' && c->p + 1 < c->end)
            c->p++;
        if (*c->p == '\n') {
            report_no_end(s, c);
            c->line++;
        }
    }
    if (c->p < c->end) {
        c->p++;
        return;
    }
    report_no_end(s, c); /* libconfig would leak it, and could say no more */
    s->fit = false;
}

static void report_integer(struct scan *s, const struct cursor *c, const char *text, bool is_long)
{
    g_autofree char *where = place(c);
    if (is_long)
        faults_add(s->faults, where, "integer-too-big", "%s does not fit into 64 bits", text);
    else
        faults_add(s->faults, where, "integer-too-big",
                   "%s does not fit into 32 bits and would be read as another number: write %sL",
                   text, text);
}

/* Whether libconfig reads these digits as they stand; hexadecimal is read as 32 bits of any sign.
 */
static bool integer_fits(const char *digits, bool is_hex, bool is_long)
{
    errno = 0;
    if (is_hex) {
        guint64 v = g_ascii_strtoull(digits, NULL, 16);
        return errno == 0 && (is_long ? v <= G_MAXINT64 : v <= G_MAXINT32);
    }
    gint64 v = g_ascii_strtoll(digits, NULL, 10);
    return errno == 0 && (is_long || (v >= G_MININT32 && v <= G_MAXINT32));
}

static void scan_number(struct scan *s, struct cursor *c)
{
    const char *start = c->p;
    if (*c->p == '+' || *c->p == '-')
        c->p++;
    bool is_hex = c->end - c->p > 2 && c->p[0] == '0' && (c->p[1] == 'x' || c->p[1] == 'X');
    if (is_hex)
        c->p += 2;
    while (c->p < c->end && (is_hex ? g_ascii_isxdigit(*c->p) : g_ascii_isdigit(*c->p)))
        c->p++;
    g_autofree char *digits = g_strndup(start, (gsize)(c->p - start));
    if (!is_hex && c->p < c->end && strchr(".eE", *c->p)) { /* a float has no such trap */
        while (c->p < c->end && (g_ascii_isalnum(*c->p) || strchr(".+-", *c->p)))
            c->p++;
        return;
    }
    bool is_long = c->p < c->end && *c->p == 'L';
    while (c->p < c->end && *c->p == 'L')
        c->p++;
    if (!integer_fits(digits, is_hex, is_long))
        report_integer(s, c, digits, is_long);
}

static void scan_name(struct cursor *c)
{
    const char *start = c->p;
    while (c->p < c->end && is_name(*c->p))
        c->p++;
    g_free(c->name);
    c->name = g_strndup(start, (gsize)(c->p - start));
}

/* At '@': true and past it when this is an include, which libconfig takes only at a line's start.
 */
static bool scan_include(struct scan *s, struct cursor *c, unsigned depth)
{
    static const char word[] = "@include";
    if (!c->line_starts || c->end - c->p < (gssize)sizeof word ||
        memcmp(c->p, word, sizeof word - 1))
        return false;
    const char *q = c->p + sizeof word - 1;
    while (q < c->end && (*q == ' ' || *q == '\t'))
        q++;
    const char *close =
        q < c->end && *q == '"' ? memchr(q + 1, '"', (gsize)(c->end - q - 1)) : NULL;
    if (!close || memchr(q, '\n', (gsize)(close - q)))
        return false;
    g_autofree char *shown = g_strndup(q + 1, (gsize)(close - q - 1));
    /* libconfig puts the folder before absolute names too. */
    g_autofree char *file =
        s->include_dir ? g_strconcat(s->include_dir, "/", shown, NULL) : g_strdup(shown);
    if (depth < MAX_DEPTH && g_file_test(file, G_FILE_TEST_EXISTS))
        scan_file(s, shown, file, depth + 1);
    c->p = close + 1;
    return true;
}

static void enter_group(struct cursor *c)
{
    g_ptr_array_add(c->path, c->name ? c->name : g_strdup(""));
    c->name = NULL;
}

static void leave_group(struct cursor *c)
{
    if (c->path->len > 0)
        g_ptr_array_remove_index(c->path, c->path->len - 1);
    g_clear_pointer(&c->name, g_free);
}

static void scan_token(struct scan *s, struct cursor *c, unsigned depth)
{
    char here = *c->p;
    char next = c->p + 1 < c->end ? c->p[1] : '\0';
    if (here == '#' || (here == '/' && next == '/'))
        skip_line(c);
    else if (here == '/' && next == '*')
        skip_block_comment(c);
    else if (here == '"')
        skip_string(s, c);
    else if (is_name_start(here))
        scan_name(c);
    else if (g_ascii_isdigit(here) || ((here == '+' || here == '-') && g_ascii_isdigit(next)))
        scan_number(s, c);
    else if (here != '@' || !scan_include(s, c, depth)) {
        if (here == '{')
            enter_group(c);
        else if (here == '}')
            leave_group(c);
        c->p++;
    }
}

static void scan_text(struct scan *s, const char *shown, const char *text, gsize len,
                      unsigned depth)
{
    struct cursor c = {
        .p = text, .end = text + len, .file = shown, .line = 1, .line_starts = true
    };
    c.path = g_ptr_array_new_with_free_func(g_free);
    while (c.p < c.end) {
        if (*c.p == '\n') {
            c.line++;
            c.line_starts = true;
            c.p++;
        } else if (g_ascii_isspace(*c.p)) {
            c.p++;
        } else {
            scan_token(s, &c, depth);
            c.line_starts = false;
        }
    }
    g_ptr_array_unref(c.path);
    g_free(c.name);
}

static void refuse(struct scan *s, const char *file, const char *why)
{
    s->fit = false;
    faults_add(s->faults, file, "unreadable", "%s", why);
}

static void scan_file(struct scan *s, const char *shown, const char *file, unsigned depth)
{
    if (++s->files > CONFIG_SCAN_MAX_FILES) {
        if (s->fit)
            refuse(s, shown, "too many files are included");
        return;
    }
    if (!g_file_test(file, G_FILE_TEST_EXISTS)) {
        refuse(s, shown, g_strerror(errno ? errno : ENOENT));
        return;
    }
    if (!g_file_test(file, G_FILE_TEST_IS_REGULAR)) {
        refuse(s, shown, "not a plain file");
        return;
    }
    g_autofree char *text = NULL;
    gsize len = 0;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(file, &text, &len, &error)) {
        refuse(s, shown, error->message);
        return;
    }
    if (len > CONFIG_SCAN_MAX_BYTES)
        refuse(s, shown, "larger than 8 MiB");
    else if (memchr(text, '\0', len))
        refuse(s, shown, "holds a NUL byte: not a text file");
    else
        scan_text(s, shown, text, len, depth);
}

bool config_scan(const char *file, const char *include_dir, struct faults *f)
{
    struct scan s = { .include_dir = include_dir, .faults = f, .fit = true };
    scan_file(&s, file, file, 0);
    return s.fit;
}

#include "wire/csv_rows.h"

#include <csv.h>
#include <string.h>

struct reading {
    csv_rows_fn *on_row;
    void *ctx;
    size_t line;     /* of the byte that is read now */
    size_t row_line; /* where this row begins */
    GString *text;   /* the fields of this row, each with its NUL */
    GArray *cells;   /* struct csv_cell; text is an offset until the row is whole */
};

static size_t count_newlines(const char *s, size_t len)
{
    size_t n = 0;

    for (const char *p = s; (p = memchr(p, '\n', len - (p - s))) != NULL; p++)
        n++;
    return n;
}

static void on_field(void *data, size_t len, void *ctx)
{
    struct reading *r = ctx;
    struct csv_cell cell = { (const char *)r->text->len, r->line };

    if (r->cells->len == 0)
        r->row_line = r->line;
    g_array_append_val(r->cells, cell);
    if (len > 0) {
        g_string_append_len(r->text, data, len);
        r->line += count_newlines(data, len);
    }
    g_string_append_c(r->text, '\0');
}

static void on_row_end(int c, void *ctx)
{
    struct reading *r = ctx;

    if (r->cells->len > 0) {
        for (guint i = 0; i < r->cells->len; i++) {
            struct csv_cell *cell = &g_array_index(r->cells, struct csv_cell, i);
            cell->text = r->text->str + (size_t)cell->text;
        }
        r->on_row(r->ctx, r->row_line, (struct csv_cell *)(void *)r->cells->data, r->cells->len);
        g_array_set_size(r->cells, 0);
        g_string_truncate(r->text, 0);
    }
    /* Every line end is reported (CSV_REPALL_NL), CR and LF of a pair one by one. */
    if (c == '\n')
        r->line++;
}

/* Blanks are data: the library's default would strip them from unquoted fields. */
static int is_never_space(unsigned char c)
{
    (void)c;
    return 0;
}

static bool fail(struct csv_fault *fault, size_t line, size_t column, const char *why)
{
    *fault = (struct csv_fault){ line, column, why };
    return false;
}

/* Which field of its row a byte belongs to, before anything is parsed. */
static size_t column_of(const char *text, const char *at)
{
    size_t column = 1;
    bool quoted = false;

    for (const char *p = text; p < at; p++) {
        quoted ^= *p == '"';
        if (!quoted && *p == ',')
            column++;
        else if (!quoted && *p == '\n')
            column = 1;
    }
    return column;
}

static bool fail_at(struct csv_fault *fault, const char *text, const char *at, const char *why)
{
    return fail(fault, 1 + count_newlines(text, at - text), column_of(text, at), why);
}

static bool check_bytes(const char *text, size_t len, struct csv_fault *fault)
{
    const char *bad;

    if (!g_utf8_validate(text, (gssize)len, &bad))
        return fail_at(fault, text, bad, *bad ? "a byte that is not UTF-8" : "a NUL byte");
    for (const char *p = text; (p = memchr(p, '\r', len - (p - text))) != NULL; p++)
        if (p + 1 == text + len || p[1] != '\n')
            return fail_at(fault, text, p, "a carriage return without a newline");
    return true;
}

static bool parse(struct reading *r, const char *text, size_t len, struct csv_fault *fault)
{
    struct csv_parser parser;
    bool good = true;

    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
        g_error("libcsv: cannot make a parser");
    csv_set_space_func(&parser, is_never_space);
    if (csv_parse(&parser, text, len, on_field, on_row_end, r) != len)
        good = fail(
            fault, r->line, r->cells->len + 1,
            "a quote in the wrong place: put the whole field in quotes and double those inside");
    else if (csv_fini(&parser, on_field, on_row_end, r) != 0)
        good = fail(fault, r->line, r->cells->len + 1, "a quoted field that is never closed");
    csv_free(&parser);
    return good;
}

bool csv_rows_read(const char *text, size_t len, csv_rows_fn *on_row, void *ctx,
                   struct csv_fault *fault)
{
    struct reading r = { .on_row = on_row, .ctx = ctx, .line = 1 };

    if (len == 0) /* text may be NULL */
        return true;
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        len -= 3;
    }
    if (!check_bytes(text, len, fault))
        return false;
    r.text = g_string_sized_new(1024);
    r.cells = g_array_new(FALSE, FALSE, sizeof(struct csv_cell));
    bool good = parse(&r, text, len, fault);
    g_string_free(r.text, TRUE);
    g_array_unref(r.cells);
    return good;
}

void csv_rows_append(GString *out, const char *value, bool first)
{
    if (!first)
        g_string_append_c(out, ',');
    if (!strpbrk(value, ",\"\r\n")) {
        g_string_append(out, value);
        return;
    }
    g_string_append_c(out, '"');
    for (const char *p = value; *p; p++) {
        if (*p == '"')
            g_string_append_c(out, '"');
        g_string_append_c(out, *p);
    }
    g_string_append_c(out, '"');
}

/* A spreadsheet computes what begins so; a signed number it shows, and a telephone number too. */
static bool is_computed(const char *s)
{
    bool sign = *s == '+' || *s == '-';
    bool number = sign && s[1] && !s[1 + strspn(s + 1, "0123456789.")];
    return *s && strchr("=+-@\t\r", *s) && !number;
}

void csv_rows_append_shown(GString *out, const char *value, bool first)
{
    g_autofree char *clean = g_utf8_make_valid(value, -1);
    for (char *c = clean; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
    }
    g_autofree char *quoted = is_computed(value) ? g_strconcat("'", clean, NULL) : NULL;
    csv_rows_append(out, quoted ? quoted : clean, first);
}

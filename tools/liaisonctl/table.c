#include "table.h"

#include <glib.h>
#include <libsmartcols.h>

#include "base/text.h"
#include "out.h"

struct table {
    struct libscols_table *scols;
    GArray *limits; /* size_t: characters a cell is cut to; 0: none */
};

static int flags_of(const struct table_column *c)
{
    switch (c->look) {
    case TABLE_TEXT:
        return 0;
    case TABLE_NUMBER:
        return SCOLS_FL_RIGHT;
    case TABLE_PROSE:
        return SCOLS_FL_WRAP;
    case TABLE_CUT:
        break;
    }
    return SCOLS_FL_TRUNC;
}

/* The library cuts only what does not fit on the line, so that rows that come later would not stand
 * under those before. */
static size_t limit_of(const struct table_column *c)
{
    return out_is_terminal() && c->look == TABLE_CUT && c->width >= 1 ? (size_t)c->width : 0;
}

struct table *table_new(const struct table_column *columns)
{
    struct table *t = g_new0(struct table, 1);

    t->limits = g_array_new(FALSE, FALSE, sizeof(size_t));
    t->scols = scols_new_table();
    g_assert(t->scols != NULL);
    scols_table_set_stream(t->scols, out_stream());
    /* Cells are escaped already; the library would escape the escapes. */
    scols_table_enable_noencoding(t->scols, 1);
    scols_table_set_termforce(t->scols,
                              out_is_terminal() ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
    if (out_is_terminal())
        scols_table_set_termwidth(t->scols, out_columns());
    for (; columns->name; columns++) {
        int flags = flags_of(columns);
        size_t limit = limit_of(columns);
        g_array_append_val(t->limits, limit);
        if (columns->width >= 1 || (columns->width > 0 && out_is_terminal()))
            flags |= SCOLS_FL_STRICTWIDTH;
        if (!scols_table_new_column(t->scols, columns->name, columns->width, flags))
            g_error("libsmartcols: no memory");
    }
    return t;
}

void table_free(struct table *t)
{
    if (!t)
        return;
    scols_unref_table(t->scols);
    g_array_free(t->limits, TRUE);
    g_free(t);
}

void table_add(struct table *t, const char *const *cells)
{
    struct libscols_line *line = scols_table_new_line(t->scols, NULL);

    for (size_t i = 0; i < scols_table_get_ncols(t->scols); i++) {
        size_t limit = g_array_index(t->limits, size_t, i);
        g_autofree char *shown = text_printable(cells[i] ? cells[i] : "", -1);
        g_autofree char *cut = limit ? text_ellipsize(shown, limit) : NULL;
        scols_line_set_data(line, i, cut ? cut : shown);
    }
}

size_t table_count(const struct table *t)
{
    return scols_table_get_nlines(t->scols);
}

void table_print(const struct table *t)
{
    if (table_count(t) > 0)
        scols_print_table(t->scols);
}

void table_print_on(struct table *t)
{
    struct libscols_line *first = NULL, *last = NULL;

    if (table_count(t) == 0)
        return;
    first = scols_table_get_line(t->scols, 0);
    last = scols_table_get_line(t->scols, table_count(t) - 1);
    scols_table_print_range(t->scols, first, last);
    fputc('\n', out_stream());
    scols_table_remove_lines(t->scols);
    scols_table_enable_noheadings(t->scols, 1);
}

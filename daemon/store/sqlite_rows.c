#include "sqlite_rows.h"

#include <string.h>

#define POINTER "sqlite_rows"      /* what its kind is called where SQLite carries it */
#define SOURCE SQLITE_ROWS_COLUMNS /* the hidden column: whose rows they are */

struct table {
    sqlite3_vtab base; /* first */
};

struct cursor {
    sqlite3_vtab_cursor base; /* first */
    struct sqlite_rows *rows; /* borrowed */
    guint row;
};

static int join_table(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out,
                      char **why)
{
    (void)aux;
    (void)argc;
    (void)argv;
    (void)why;
    int rc = sqlite3_declare_vtab(db, "CREATE TABLE rows (c0, c1, c2, c3, c4, c5, c6, c7, c8, c9,"
                                      " c10, c11, c12, c13, c14, c15, c16, c17, c18, c19,"
                                      " c20, c21, c22, c23,"
                                      " source HIDDEN)");
    if (rc != SQLITE_OK)
        return rc;
    struct table *t = sqlite3_malloc(sizeof *t);
    if (!t)
        return SQLITE_NOMEM;
    memset(t, 0, sizeof *t);
    *out = &t->base;
    return SQLITE_OK;
}

static int leave_table(sqlite3_vtab *t)
{
    sqlite3_free(t);
    return SQLITE_OK;
}

/* The one way to read them: all those of a source. */
static int plan(sqlite3_vtab *t, sqlite3_index_info *info)
{
    (void)t;
    for (int i = 0; i < info->nConstraint; i++) {
        if (!info->aConstraint[i].usable || info->aConstraint[i].iColumn != SOURCE ||
            info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
            continue;
        info->aConstraintUsage[i].argvIndex = 1;
        info->aConstraintUsage[i].omit = 1;
        return SQLITE_OK;
    }
    return SQLITE_CONSTRAINT;
}

static int open_cursor(sqlite3_vtab *t, sqlite3_vtab_cursor **out)
{
    (void)t;
    struct cursor *c = sqlite3_malloc(sizeof *c);
    if (!c)
        return SQLITE_NOMEM;
    memset(c, 0, sizeof *c);
    *out = &c->base;
    return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *c)
{
    sqlite3_free(c);
    return SQLITE_OK;
}

static int at_end(sqlite3_vtab_cursor *at)
{
    const struct cursor *c = (struct cursor *)at;
    return !c->rows || c->row >= c->rows->count;
}

static void show(struct cursor *c)
{
    if (!at_end(&c->base))
        c->rows->show(c->rows, c->row);
}

static int first(sqlite3_vtab_cursor *at, int number, const char *name, int argc,
                 sqlite3_value **argv)
{
    struct cursor *c = (struct cursor *)at;
    (void)number;
    (void)name;
    c->rows = argc == 1 ? sqlite3_value_pointer(argv[0], POINTER) : NULL;
    c->row = 0;
    show(c);
    return SQLITE_OK;
}

static int next(sqlite3_vtab_cursor *at)
{
    struct cursor *c = (struct cursor *)at;
    c->row++;
    show(c);
    return SQLITE_OK;
}

static int column(sqlite3_vtab_cursor *at, sqlite3_context *out, int i)
{
    const struct sqlite_rows *r = ((struct cursor *)at)->rows;
    if (i < r->n_ints)
        sqlite3_result_int64(out, r->ints[i]);
    else if (i < r->n_ints + r->n_texts)
        sqlite3_result_text(out, r->texts[i - r->n_ints], -1, SQLITE_STATIC);
    else if (r->blob)
        sqlite3_result_blob(out, r->blob, r->blob_len, SQLITE_STATIC);
    return SQLITE_OK;
}

static int row_number(sqlite3_vtab_cursor *at, sqlite3_int64 *out)
{
    *out = ((struct cursor *)at)->row;
    return SQLITE_OK;
}

/* Without xCreate it can only be read as a function of its source. */
static const sqlite3_module rows_module = { .xConnect = join_table,
                                            .xBestIndex = plan,
                                            .xDisconnect = leave_table,
                                            .xOpen = open_cursor,
                                            .xClose = close_cursor,
                                            .xFilter = first,
                                            .xNext = next,
                                            .xEof = at_end,
                                            .xColumn = column,
                                            .xRowid = row_number };

bool sqlite_rows_begin(struct sqlite *q, GError **error)
{
    return sqlite3_create_module(q->db, "rows", &rows_module, NULL) == SQLITE_OK ||
           sqlite_fail(q, "use", error);
}

void sqlite_rows_show_ints(struct sqlite_rows *r, const int64_t *values, size_t n)
{
    memcpy(r->ints, values, n * sizeof *values);
    r->n_ints = (int)n;
}

void sqlite_rows_show_texts(struct sqlite_rows *r, const char *const *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        r->texts[i] = values[i] ? values[i] : "";
    r->n_texts = (int)n;
}

bool sqlite_rows_run(struct sqlite *q, sqlite3_stmt *st, struct sqlite_rows *r, GError **error)
{
    if (!st)
        return false;
    sqlite3_bind_pointer(st, 1, r, POINTER, NULL);
    bool ok = sqlite_run(q, st, error);
    sqlite3_reset(st);
    sqlite3_bind_null(st, 1);
    return ok;
}

bool sqlite_rows_insert(struct sqlite *q, const char *sql, struct sqlite_rows *r, GError **error)
{
    if (r->count == 0)
        return true;
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, sql, error);
    return sqlite_rows_run(q, st, r, error);
}

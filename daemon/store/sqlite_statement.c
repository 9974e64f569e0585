#include "sqlite.h"
#include <stdarg.h>

static GQuark store_error(void)
{
    return g_quark_from_static_string("liaisond-store");
}

struct sqlite *sqlite_of(struct store *s)
{
    return (struct sqlite *)s;
}

bool sqlite_fail(struct sqlite *q, const char *verb, GError **error)
{
    g_set_error(error, store_error(), sqlite3_extended_errcode(q->db), "%s %s: %s", verb, q->path,
                sqlite3_errmsg(q->db));
    return false;
}

bool sqlite_refuse(GError **error, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    g_autofree char *sentence = g_strdup_vprintf(format, ap);
    va_end(ap);
    g_set_error_literal(error, store_error(), SQLITE_MISUSE, sentence);
    return false;
}

bool sqlite_exec(struct sqlite *q, const char *sql, GError **error)
{
    if (sqlite_is_undone(q, error))
        return false;
    if (sqlite3_exec(q->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    return sqlite_fail(q, "use", error);
}

sqlite3_stmt *sqlite_prepare(struct sqlite *q, const char *sql, GError **error)
{
    sqlite3_stmt *st = g_hash_table_lookup(q->statements, sql);
    if (st)
        return st;
    if (sqlite3_prepare_v3(q->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK) {
        sqlite_fail(q, "ask", error);
        return NULL;
    }
    g_hash_table_insert(q->statements, (gpointer)sql, st);
    return st;
}

bool sqlite_step(struct sqlite *q, sqlite3_stmt *st, bool *row, GError **error)
{
    *row = false;
    if (!st || sqlite_is_undone(q, error))
        return false;
    int rc = sqlite3_step(st);
    *row = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW || rc == SQLITE_DONE)
        return true;
    return sqlite_fail(q, sqlite3_stmt_readonly(st) ? "read" : "write", error);
}

bool sqlite_run(struct sqlite *q, sqlite3_stmt *st, GError **error)
{
    bool row = true;
    while (row) {
        if (!sqlite_step(q, st, &row, error))
            return false;
    }
    sqlite3_reset(st);
    return true;
}

void sqlite_bind_ints(sqlite3_stmt *st, int first, const int64_t *values, size_t n)
{
    for (size_t i = 0; st && i < n; i++)
        sqlite3_bind_int64(st, first + (int)i, values[i]);
}

void sqlite_bind_text(sqlite3_stmt *st, int i, const char *value)
{
    if (st)
        sqlite3_bind_text(st, i, value, -1, SQLITE_STATIC);
}

void sqlite_bind_texts(sqlite3_stmt *st, int first, const char *const *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sqlite_bind_text(st, first + (int)i, values[i] ? values[i] : "");
}

char *sqlite_text_or_null(sqlite3_stmt *st, int column)
{
    return g_strdup((const char *)sqlite3_column_text(st, column));
}

char *sqlite_text(sqlite3_stmt *st, int column)
{
    char *text = sqlite_text_or_null(st, column);
    return text ? text : g_strdup("");
}

void sqlite_read_texts(sqlite3_stmt *st, int first, char **const *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        g_free(*fields[i]);
        *fields[i] = sqlite_text(st, first + (int)i);
    }
}

bool sqlite_each(struct sqlite *q, sqlite3_stmt *st, void (*read)(sqlite3_stmt *st, GPtrArray *out),
                 GPtrArray *out, GError **error)
{
    bool row = false;
    while (sqlite_step(q, st, &row, error)) {
        if (!row)
            return true;
        read(st, out);
    }
    return false;
}

bool sqlite_numbers(struct sqlite *q, sqlite3_stmt *st, GArray *out, GError **error)
{
    bool row = false;
    while (sqlite_step(q, st, &row, error)) {
        if (!row)
            return true;
        int64_t number = sqlite3_column_int64(st, 0);
        g_array_append_val(out, number);
    }
    return false;
}

bool sqlite_each_due(struct sqlite *q, sqlite3_stmt *st, const struct sqlite_due *due,
                     void (*read)(sqlite3_stmt *st, GPtrArray *out), GPtrArray *out,
                     int64_t *next_ms, GError **error)
{
    *next_ms = INT64_MAX;
    bool row = false;
    for (unsigned n = 0; sqlite_step(q, st, &row, error); n++) {
        if (!row)
            return true;
        int64_t due_ms = sqlite3_column_int64(st, due->column);
        if (n == due->limit || due_ms > due->now_ms) {
            *next_ms = due_ms;
            return true;
        }
        read(st, out);
    }
    return false;
}

void sqlite_read_name(sqlite3_stmt *st, GPtrArray *out)
{
    g_ptr_array_add(out, sqlite_text(st, 0));
}

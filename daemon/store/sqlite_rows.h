/*
 * sqlite_rows - many rows for one statement:
 *
 *   INSERT OR FAIL INTO t (…) SELECT c0, c1, … FROM rows(?1)
 *   UPDATE OR FAIL t SET … WHERE id IN (SELECT c0 FROM rows(?1))
 *
 * To begin and end a statement, to open and close what it writes to and to bind its parameters
 * costs SQLite as much as to store a row; here it is paid once.  The columns of a row are its
 * numbers, its texts, and a blob behind them, in that order.
 *
 * OR FAIL: what fails is undone with its piece of work, so SQLite need not copy each page it
 * changes in order to undo the one statement.
 *
 * Private to this folder.
 */
#pragma once
#include "sqlite.h"

#define SQLITE_ROWS_COLUMNS 24

struct sqlite_rows {
    guint count;
    /* Makes the row the one that is read.  They are asked for one after the other; what it points
     * to lives until the next one. */
    void (*show)(struct sqlite_rows *r, guint row);
    int n_ints, n_texts;
    int64_t ints[SQLITE_ROWS_COLUMNS];
    const char *texts[SQLITE_ROWS_COLUMNS]; /* NULL: as such */
    const void *blob;                       /* NULL: as such */
    int blob_len;
};

bool sqlite_rows_begin(struct sqlite *q, GError **error); /* once for a connection */
void sqlite_rows_show_ints(struct sqlite_rows *r, const int64_t *values, size_t n);
void sqlite_rows_show_texts(struct sqlite_rows *r, const char *const *values, size_t n);
#define SQLITE_ROW_INTS(r, ...)                                                                    \
    sqlite_rows_show_ints((r), (const int64_t[]){ __VA_ARGS__ },                                   \
                          sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))
#define SQLITE_ROW_TEXTS(r, ...) /* NULL as "" */                                                  \
    sqlite_rows_show_texts((r), (const char *const[]){ __VA_ARGS__ },                              \
                           sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))
/* st: prepared, its first parameter the source of the rows; whatever else it has is bound. */
bool sqlite_rows_run(struct sqlite *q, sqlite3_stmt *st, struct sqlite_rows *r, GError **error);
/* The same with a literal that has no other parameter; no rows: nothing is to be done. */
bool sqlite_rows_insert(struct sqlite *q, const char *sql, struct sqlite_rows *r, GError **error);

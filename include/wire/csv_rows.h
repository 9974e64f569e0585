/*
 * csv_rows - RFC 4180 text, a row at a time.
 *
 * Strict: a stray quote, a bare CR, a NUL or invalid UTF-8 ends the reading with its place.  LF or
 * CRLF, an optional byte order mark, quoted fields with newlines; blanks belong to the field; empty
 * lines are passed over.  Lines and columns (fields) count from 1.  No bytes at all (text may be
 * NULL then) are no rows.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

struct csv_cell {
    const char *text; /* ends in NUL; valid during the call */
    size_t line;      /* where the field begins */
};

struct csv_fault {
    size_t line, column;
    const char *why; /* static */
};

typedef void csv_rows_fn(void *ctx, size_t line, const struct csv_cell *cells, size_t n);

bool csv_rows_read(const char *text, size_t len, csv_rows_fn *on_row, void *ctx,
                   struct csv_fault *fault);

/* Appends a field, quoted where it must be, after a comma unless it is the first. */
void csv_rows_append(GString *out, const char *value, bool first);

/* The same for a file that a person opens in a spreadsheet and nobody reads back: what would be
 * computed gets an apostrophe before it, control characters become blanks, broken UTF-8 U+FFFD. */
void csv_rows_append_shown(GString *out, const char *value, bool first);

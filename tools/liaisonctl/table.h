/*
 * table - rows under headings, by libsmartcols, with every cell escaped.
 *
 * On a terminal prose is wrapped or cut to its width; elsewhere every cell is printed whole.
 */
#pragma once
#include <stddef.h>

enum table_look {
    TABLE_TEXT,
    TABLE_NUMBER, /* to the right */
    TABLE_PROSE,  /* may be wrapped */
    TABLE_CUT,    /* may be cut */
};

struct table_column { /* name NULL ends a list of them */
    const char *name;
    enum table_look look;
    /* Least width: characters from 1 on; below 1 a part of the terminal's width; 0: as wide as its
     * cells.  On a terminal what is TABLE_CUT with a width in characters is never wider either. */
    double width;
};

struct table;

struct table *table_new(const struct table_column *columns);
void table_free(struct table *t);
/* As many cells as columns; NULL is an empty one. */
void table_add(struct table *t, const char *const *cells);
size_t table_count(const struct table *t);
void table_print(const struct table *t); /* nothing where there is no row */

/* A table that goes on: prints the rows added since, the headings before the first, and forgets
 * them.  Columns whose width is declared in characters stay where they are. */
void table_print_on(struct table *t);

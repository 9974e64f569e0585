/*
 * field - members of the server's JSON, read leniently: what is absent or of another type is empty.
 *
 * Strings are as the server sent them: print them by out.h or table.h only.
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdint.h>

#include "table.h"

/* Borrowed; "" where there is no such string.  A path may have several names: "progress.attempts".
 */
const char *field_text(const json_t *object, const char *path);
int64_t field_number(const json_t *object, const char *path); /* 0 where there is none */
json_t *field_array(const json_t *object, const char *path);  /* borrowed; NULL: none */
json_t *field_object(const json_t *object, const char *path); /* borrowed; NULL: none */
/* Any scalar as text, strings of an array joined by ", "; caller frees. */
char *field_shown(const json_t *value);
/* A number as a cell; caller frees. */
char *field_cell(const json_t *object, const char *path);
/* A table with what add() makes of each of an array; none: said where there is no row, or NULL. */
void field_table(const struct table_column *columns, const json_t *rows,
                 void (*add)(struct table *t, const json_t *row), const char *none);

#define FIELD_ROOM 32
/* "2012-07-16 13:30:00" for a person, UTC, from the RFC 3339 text of the API; what is none stays as
 * it is, and "" becomes "-".  room is FIELD_ROOM bytes unless noted. */
const char *field_when(const char *time, char room[FIELD_ROOM]);
/* "340 ms", "12.3 s", "4 min 05 s". */
const char *field_span(int64_t ms, char room[FIELD_ROOM]);
/* "1 mission", "2 missions"; only an s is added. */
char *field_count(int64_t n, const char *noun);

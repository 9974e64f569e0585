/*
 * image - a look at a database from outside the store: is it whole, and what is in it?
 */
#pragma once
#include <sqlite3.h>

/* Every row of every table, as text or (of the same) a SHA-256; owned.  NULL: *why, owned, says
 * what is wrong: it does not open, or fails its integrity check. */
char *image_text(const char *path, char **why);
char *image_digest(const char *path, char **why);
/* The same of an open connection, unchecked. */
char *image_of_connection(sqlite3 *db, char **why);
/* The first line that one has and the other has not, "-" or "+" before it; owned. */
char *image_difference(const char *before, const char *after);

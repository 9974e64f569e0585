/*
 * key_lines - a file of keys: one in base64 (RFC 4648, 4) a line, newest first; lines that begin
 * with # are comments.
 */
#pragma once
#include <glib.h>

/* GBytes *, at least one, each of min_bytes or more.  NULL: *why says what is wrong (caller frees).
 */
GPtrArray *key_lines_parse(const char *text, gsize min_bytes, char **why);

/*
 * input - a file, or standard input as "-", whole and with a ceiling.
 */
#pragma once
#include <glib.h>

/* NULL with error: a sentence that names the file. */
GString *input_read(const char *file, gsize max_bytes, GError **error);

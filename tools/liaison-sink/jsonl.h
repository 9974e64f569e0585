/*
 * jsonl - writes one JSON object as one line of text into a GString, without building a tree.
 *
 * contract: text from outside is safe to print: controls, DEL, invisible and direction-changing
 * characters become \u escapes; bytes that are not UTF-8 become U+FFFD.  Valid UTF-8 survives
 * unchanged once decoded.  A NULL text is written as null.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

void jsonl_begin(GString *out); /* empties out */
void jsonl_end(GString *out);   /* closes the object and ends the line */

void jsonl_text(GString *out, const char *name, const char *text);
void jsonl_bytes(GString *out, const char *name, const char *bytes, size_t len);
void jsonl_int(GString *out, const char *name, int64_t value);
void jsonl_bool(GString *out, const char *name, bool value);
/* n strings, one after the other, each with its NUL. */
void jsonl_list(GString *out, const char *name, const char *strings, unsigned n);
void jsonl_open(GString *out, const char *name); /* a member that is an object */
void jsonl_close(GString *out);
/* Now, as RFC 3339 in UTC with milliseconds. */
void jsonl_time(GString *out, const char *name);

/*
 * json_writer - JSON appended to a GString, without a tree in between.
 *
 * A member or element sets its own comma where one is needed, so callers open, append and close:
 *   json_writer_open(o, NULL, '{');  json_writer_string(o, "name", s);  json_writer_close(o, '}');
 * name NULL is an element.  Strings come out as UTF-8 with controls (C0, DEL, C1), U+2028/9 and the
 * bidi controls escaped; json_writer_ascii escapes everything beyond ASCII and turns each invalid
 * byte into U+FFFD.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

void json_writer_open(GString *out, const char *name, char bracket);
void json_writer_close(GString *out, char bracket);
void json_writer_string(GString *out, const char *name, const char *value);
void json_writer_ascii(GString *out, const char *name, const char *value);
void json_writer_integer(GString *out, const char *name, int64_t value);
void json_writer_boolean(GString *out, const char *name, bool value);
void json_writer_double(GString *out, const char *name,
                        double value); /* shortest that reads back equal; finite */

/*
 * template - logic-less text with holes, checked when it is loaded.
 *
 *   {{name}}            the value, escaped for the kind of output
 *   {{#name}}…{{/name}} once per element of a list, or once if the value is true or a non-empty string or object
 *   {{^name}}…{{/name}} if it is false, empty or absent
 *   {{! comment }}      nothing.  A tag alone on its line leaves no line behind.
 *
 * Names are dotted paths; inside a section they are looked up in the element first, then outwards.
 * The schema is an example value with every name in it (lists with one element): a name that it does
 * not hold is a load error with file, line and column.  There is no unescaped form.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

enum template_output { TEMPLATE_TEXT, TEMPLATE_HTML };

struct template;

struct template *template_parse(const char *name, const char *source, enum template_output output,
                                const json_t *schema, GError **error);
void template_free(struct template *t);
void template_render(const struct template *t, const json_t *value, GString *out);

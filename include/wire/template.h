/*
 * template - logic-less text with holes, checked when it is loaded.
 *
 *   {{name}}            the value, escaped for the kind of output
 *   {{.}}               the element itself, in a section over a list of texts
 *   {{#name}}…{{/name}} once per element of a list, or once if the value is true or a non-empty
 * string or object
 *   {{^name}}…{{/name}} if it is false, empty or absent
 *   {{! comment }}      nothing.  A tag alone on its line leaves no line behind.
 *
 * Names are dotted paths; inside a section they are looked up in the element first, then outwards.
 * The schema is an example value with every name in it (lists with one element): a name that it
 * does not hold is a load error with file, line and column.  There is no unescaped form.  In every
 * kind of output control characters but the newline, and the bidi controls, are taken out of
 * values.
 */
#pragma once
#include "model/faults.h"
#include <glib.h>
#include <jansson.h>

#define TEMPLATE_MAX_DEPTH 16 /* sections within sections */

enum template_output { TEMPLATE_TEXT, TEMPLATE_HTML };

struct template;

/* name is for complaints, "name:line:column" (column in bytes, from 1).  All faults are reported:
 * unclosed-tag, bad-name, unknown-name, not-a-text, unopened-section, unclosed-section, too-deep.
 * NULL when f received an error; source and schema are not kept. */
struct template *template_parse(const char *name, const char *source, enum template_output output,
                                const json_t *schema, struct faults *f);
void template_free(struct template *t);
void template_render(const struct template *t, const json_t *value, GString *out);

/* Appends len bytes, encoded; whole lines come out the same whatever stands before and behind. */
typedef void (*template_encode_fn)(GString *to, const char *text, gsize len);

/* template_render(), encoded. */
void template_render_encoded(const struct template *t, const json_t *value,
                             template_encode_fn encode, GString *out);

/* The same template with all filled in but the texts that are open: open[i] is a string of value,
 * known by its address, or NULL.  Filled with others in their place (texts[i], valid UTF-8) it
 * gives what t gives with such a value, provided that the same of them are empty.  encode NULL: it
 * is not encoded. */
struct template *template_fix(const struct template *t, const json_t *value,
                              const json_t *const open[], gsize n, template_encode_fn encode);
void template_fill(const struct template *fixed, const char *const texts[], GString *out);

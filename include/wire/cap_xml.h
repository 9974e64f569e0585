/*
 * cap_xml - the elements of a CAP document as a tree, by Expat, within ceilings.
 *
 * A part of cap.  A DOCTYPE ends it at once, so nothing is ever expanded.  Elements of other
 * namespaces (signatures) are read over with a warning; an element of CAP's own that the standard
 * does not have, or that stands where it must not, is an error, because leaving out a misspelt
 * <expires> would change what the alert says.  Texts are without the blanks around them; elements
 * without text are left out.
 */
#pragma once
#include "wire/cap_element.h"

struct cap_node {
    const struct cap_element *element;
    const struct cap_node *up; /* NULL: the alert */
    unsigned line, column;     /* of its tag, from 1 */
    unsigned index;            /* among its like-named siblings, from 1 */
    char *text;                /* owned; NULL where there are parts */
    GPtrArray *parts;          /* struct cap_node *, owned; NULL for text */
};

/* NULL when f received an error before the tree was whole. */
struct cap_node *cap_xml_read(const char *text, size_t len, enum cap_version oldest,
                              enum cap_version *version, struct faults *f);
void cap_node_free(struct cap_node *n);

const struct cap_node *cap_node_part(const struct cap_node *n, const char *name); /* or NULL */
char *cap_node_place(const struct cap_node *n);                                   /* caller frees */

/* At most CAP_MAX_FAULTS of each kind are kept, then one that says so. */
#define CAP_MAX_FAULTS 200
void cap_node_error(const struct cap_node *n, struct faults *f, const char *code,
                    const char *format, ...) G_GNUC_PRINTF(4, 5);
void cap_node_warn(const struct cap_node *n, struct faults *f, const char *code, const char *format,
                   ...) G_GNUC_PRINTF(4, 5);
/* The same without an element, for places that are known as text. */
void cap_error(struct faults *f, const char *place, const char *code, const char *sentence);
void cap_warn(struct faults *f, const char *place, const char *code, const char *sentence);
char *
cap_shown(const char *text); /* text from outside for a sentence: short, harmless; caller frees */

/*
 * cap_value - what may stand in one element: words, instants, identifiers, lists, references.
 *
 * A part of cap.  Each takes the element (NULL: not there) and reports to f; an answer of NULL or
 * false says that there is nothing to use, and why is in f where that is wrong.
 */
#pragma once
#include "wire/cap_xml.h"

char *cap_value_text(const struct cap_node *n);
/* One of words, spelt as the standard does. */
char *cap_value_word(const struct cap_node *n, const char *const *words, struct faults *f);
bool cap_value_time(const struct cap_node *n, struct timestamp *out, struct faults *f);
char *cap_value_identifier(const struct cap_node *n, struct faults *f);
char *cap_value_language(const struct cap_node *n, struct faults *f);
char *cap_value_number(const struct cap_node *n, bool whole, struct faults *f);
/* Items separated by blanks, those with blanks within in double quotes: appended to out. */
void cap_value_list(const struct cap_node *n, GPtrArray *out, struct faults *f);
void cap_value_references(const struct cap_node *n, GPtrArray *out, struct faults *f);

/*
 * template_set - the templates and phrases of a folder, loaded and checked as one.
 *
 * The folder holds representative.txt, representative.html (to a mission's people), desk.txt,
 * desk.html (to offices and desks) and phrases/<language>.json: one object of strings per language,
 * en.json being the one that names every phrase; a language without a phrase of en.json, or with one
 * more, is an error.  Every fault of every file is reported at once.  Immutable, reference counted.
 */
#pragma once
#include "model/faults.h"

struct template_set;

/* NULL when f received an error (place is file:line:column). */
struct template_set *template_set_load(const char *folder, struct faults *f);
struct template_set *template_set_ref(struct template_set *t);
void template_set_unref(struct template_set *t);
/* NULL-terminated, sorted; owned by t. */
const char *const *template_set_languages(const struct template_set *t);

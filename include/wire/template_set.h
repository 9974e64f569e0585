/*
 * template_set - the templates and phrases of a folder, loaded and checked as one.
 *
 * The folder holds representative.txt, representative.html (to a mission's people), desk.txt,
 * desk.html (to offices, desks and partners), page.html (what a personal link leads to),
 * call_sheet.html, report.txt, report.html, and phrases/<language>.json: one object of strings per
 * language, en.json being the one that names every phrase; a language without a phrase of en.json,
 * or with one more, or with other {holes} in it, is an error.  Every fault of every file is
 * reported at once. Immutable, reference counted, any thread.
 */
#pragma once
#include "model/faults.h"
#include "wire/template.h"

#define TEMPLATE_SET_MAX_BYTES (1024 * 1024) /* of one file */

enum template_role { /* which template: the order of template_set.c's table of files */
                     TEMPLATE_REPRESENTATIVE_TEXT,
                     TEMPLATE_REPRESENTATIVE_HTML,
                     TEMPLATE_DESK_TEXT,
                     TEMPLATE_DESK_HTML,
                     TEMPLATE_PAGE,
                     TEMPLATE_CALL_SHEET,
                     TEMPLATE_REPORT_TEXT,
                     TEMPLATE_REPORT_HTML
};

struct template_set;

/* NULL when f received an error (place is file:line:column, or the file). */
struct template_set *template_set_load(const char *folder, struct faults *f);
struct template_set *template_set_ref(struct template_set *t);
void template_set_unref(struct template_set *t);
/* NULL-terminated, sorted; owned by t. */
const char *const *template_set_languages(const struct template_set *t);

const struct template *template_set_get(const struct template_set *t, enum template_role role);
/* The phrases for a reader of language: that one, else its primary subtag's, else English.  *actual
 * is the language they are in.  Both owned by t. */
const json_t *template_set_phrases(const struct template_set *t, const char *language,
                                   const char **actual);

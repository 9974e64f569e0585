/*
 * after_action_text - the after-action report as JSON, as plain text and as a page.
 *
 * Text and HTML are the templates' report.txt and report.html, in English, with instants in UTC and
 * as time since the release.  Lists in text and HTML end after AFTER_ACTION_MAX_LINES with the
 * number of what is left out; JSON has everything.
 */
#pragma once
#include "model/after_action.h"
#include "wire/template_set.h"

#define AFTER_ACTION_MAX_LINES 200

json_t *after_action_json(const struct after_action *a); /* new reference */
char *after_action_text(const struct after_action *a,
                        const struct template_set *t); /* caller frees */
char *after_action_html(const struct after_action *a,
                        const struct template_set *t); /* caller frees */
/* "After-action report: 58 of 61 missions covered: headline", one clean line; caller frees. */
char *after_action_subject(const struct after_action *a);
json_t *after_action_schema(void); /* every name that the templates may say, with examples */

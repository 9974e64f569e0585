/*
 * after_action_text - the after-action report as JSON, as plain text and as a page.
 *
 * JSON: { "broadcast", "identifier", "headline", "status", "type", "urgency", "severity", "state",
 * "released", "closed", "as_of", "asked", "missions": { "affected", "reached", "covered", "taken",
 * "waiting" }, "representatives": { "told", "reached", "acknowledged" }, "messages", "reminders",
 * "attempts", "notifications": { by state }, "answers": { by answer }, "methods": { by method },
 * "first_reached", "last_reached", "first_covered", "last_covered", "coverage": [ { "time",
 * "seconds", "reached", "covered" } ], "not_covered": [ mission ], "not_answered": [ person ],
 * "escalations", "versions", "offices" }; what is absent is left out, seconds count from the
 * release. Text and HTML are the templates' report.txt and report.html, in English.  Their lists
 * end after AFTER_ACTION_MAX_LINES with the number of what is left out; JSON has everything.
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

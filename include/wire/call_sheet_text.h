/*
 * call_sheet_text - a call sheet for programs, for a spreadsheet and for paper.
 *
 * JSON: { "as_of", "missions", "affected", "rows": [ { "broadcast", "identifier", "headline",
 * "urgency", "mission", "mission_name", "kind", "place", "threat_level", "office", "quorum": {
 * "asked", "acknowledged", "needed" }, "recipient", "rank", "name", "phone", "language", "state",
 * "why", "answer", "local_time", "since", "tried": [ { "channel", "endpoint", "attempts", "state",
 * "outcome", "reply", "last" } ], "taken_by" } ] }; what is absent is left out. CSV: one row each,
 * a heading, CRLF; a cell that a spreadsheet would take for a formula gets an apostrophe before it.
 * HTML: a page that prints, templates' call_sheet.html, in English.
 */
#pragma once
#include "model/call_sheet.h"
#include "wire/template_set.h"

json_t *call_sheet_json(const struct call_sheet *s);                             /* new reference */
char *call_sheet_csv(const struct call_sheet *s);                                /* caller frees */
char *call_sheet_html(const struct call_sheet *s, const struct template_set *t); /* caller frees */
json_t *call_sheet_html_schema(void); /* every name that the template may say, with examples */

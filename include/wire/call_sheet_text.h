/*
 * call_sheet_text - a call sheet for programs, for a spreadsheet and for paper.
 *
 * JSON: { "as_of", "missions", "affected", "rows": [ { "broadcast", "identifier", "headline",
 * "urgency", "mission", "mission_name", "kind", "place", "threat_level", "office", "quorum":
 * { "asked", "acknowledged", "needed" }, "recipient", "rank", "name", "phone", "language", "state",
 * "why", "what", "answer", "local_time", "since", "tried": [ { "channel", "endpoint", "attempts",
 * "state", "outcome", "reply", "last" } ], "taken_by" } ] }; what is absent is left out.  "state"
 * and "why" are words, "what" is the same as a sentence. CSV: a heading, then a row each, CRLF; a
 * cell that a spreadsheet would take for a formula gets an apostrophe before it.  HTML: a page that
 * prints, with room to write; English.
 */
#pragma once
#include "model/call_sheet.h"
#include "wire/template_set.h"

json_t *call_sheet_json(const struct call_sheet *s);                             /* new reference */
char *call_sheet_csv(const struct call_sheet *s);                                /* caller frees */
char *call_sheet_html(const struct call_sheet *s, const struct template_set *t); /* caller frees */
/* Every name that call_sheet.html may say, with examples; new reference.  It has no phrases. */
json_t *call_sheet_schema(const json_t *phrases);

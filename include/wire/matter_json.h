/*
 * matter_json - a matter in JSON, read strictly and written back.
 *
 *   { "kind": "assistance-request", "mission": "fr-chicago", "urgency": "future",
 *     "body": { "subject": "Emergency Reaction Plans", … } }
 *
 * Which members a body has, and how each is checked, is model/matter.h's table.  Every fault at
 * once with its JSON pointer and a stable code: json_reader.h's, bad-rank bad-date bad-language
 * bad-mailbox bad-phone bad-webhook, and those of matter_body_check().
 */
#pragma once
#include "model/matter.h"
#include <jansson.h>

#define MATTER_JSON_MAX_BYTES 65536

/* A matter with kind, mission ("" : not given), urgency, its times and its body's text; NULL when f
 * received an error. */
struct matter *matter_json_read(const char *text, size_t len, struct faults *f);
/* What matter_json_write_body() wrote; NULL: it cannot be read (our bug, or corruption). */
struct matter_body *matter_json_read_body(enum matter_kind k, const char *text);
char *matter_json_write_body(const struct matter_body *b); /* canonical, one line; caller frees */
/* Sets m's body and what is kept beside it: from_ms and until_ms. */
void matter_json_set_body(struct matter *m, const struct matter_body *b);

/* A contact update as matter_json_read() takes it, from the fields of a form (names,
 * NULL-terminated, with their values; NULL and "" are absent).  rank: the writer's, for changes
 * that name nobody. Caller frees. */
char *matter_json_contact(const char *mission, unsigned rank, const char *const *names,
                          const char *const *values);

/* A broadcast of status draft made of security information, for the publisher to edit: indented
 * JSON as broadcast_json_read() takes it, but for what only a person can say.  Caller frees. */
char *matter_json_draft(const struct matter *m, const char *sender, const char *city,
                        int64_t now_ms);

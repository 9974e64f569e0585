/*
 * explain_view - why, who, how, and what the other side said, as the API shows it: each mission of
 * a broadcast with what is owed to whom and by which messages, the answers, and the records.
 *
 * A new reference; times are RFC 3339 in UTC, null where there is none; text from outside goes
 * through json_text().
 */
#pragma once
#include "flow/lookup.h"
#include <jansson.h>

json_t *view_explain(const struct lookup_broadcast *b);

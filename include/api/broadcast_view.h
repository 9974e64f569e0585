/*
 * broadcast_view - a broadcast and its progress, as the API shows them.
 *
 * New references; times are RFC 3339 in UTC, null where there is none; text from outside goes
 * through json_text().
 */
#pragma once
#include "flow/lookup.h"
#include <jansson.h>

json_t *view_time(int64_t ms); /* 0: null */
json_t *view_strings(const GPtrArray *a /* char * */);
/* Adds what a waiting one waits for: hold, approve_by. */
void view_waiting(json_t *o, const struct broadcast_row *row);
json_t *view_broadcast(const struct broadcast_row *row); /* summary */
/* Summary, progress, body; held_until where it is not effective yet at now_ms. */
json_t *view_status(const struct lookup_broadcast *b, int64_t now_ms);
json_t *view_coverage(const struct coverage *c);

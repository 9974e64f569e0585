/*
 * after_action_view - the after-action report as the value that its templates are rendered with.
 *
 * after_action_schema() has every name of it once, with examples.  Instants are in UTC, and as time
 * since the release, which is what a reader compares.
 */
#pragma once
#include "model/after_action.h"
#include <jansson.h>

json_t *after_action_view(const struct after_action *a); /* new reference */
json_t *after_action_schema(const json_t *phrases);      /* new reference; it has no phrases */
/* "42 s", "12 min 30 s", "2 h 05 min", "3 d 4 h"; "" for a negative one.  Caller frees. */
char *after_action_elapsed(int64_t ms);

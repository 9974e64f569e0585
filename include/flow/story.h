/*
 * story - what one mission lived through with an event: every version of it, from the first alert
 * to the last correction, in the order in which it happened.
 *
 * Runs on the store thread.
 */
#pragma once
#include "store/store.h"

#define STORY_MAX_RECORDS 5000 /* of one version */

/* Every version of row's event that is here, itself among them, oldest first. */
bool story_versions(struct store *s, const struct broadcast_row *row, GArray *nos /* int64_t */,
                    GError **error);
/* versions: struct broadcast_row *, oldest first, with row's own (copied); records: struct record *
 * of all of them that concern the mission, or the version as a whole, by seq. */
bool story_read(struct store *s, const struct broadcast_row *row, const char *mission,
                GPtrArray *versions, GPtrArray *records, GError **error);

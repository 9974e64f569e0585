/*
 * story - what one mission lived through with an event: every version of it, from the first alert
 * to the last correction, in the order in which it happened.
 *
 * Runs on the store thread.
 */
#pragma once
#include "flow/casefile.h"

#define STORY_MAX_RECORDS 5000 /* of one version */

enum story_role {                      /* what the mission is to a version */
                  STORY_NOT_CONCERNED, /* not in its plan, or it was never sent */
                  STORY_AFFECTED,      /* from the first version on */
                  STORY_STILL_AFFECTED,
                  STORY_NEWLY_AFFECTED, /* and was not before */
                  STORY_LET_GO,         /* told that it is no longer affected */
                  STORY_CANCELLED       /* told that what it was told is cancelled */
};
extern const char *const story_role_names[]; /* "not-concerned", "affected", …, NULL */

struct story_version {
    struct broadcast_row *row; /* owned */
    struct casefile *file;     /* one reference: its text and its plan */
    enum story_role role;
};
void story_version_free(struct story_version *v);

/* versions: struct story_version *, oldest first, with row's own; records: struct record * of all
 * of them that concern the mission, or the version as a whole, by seq. */
bool story_read(struct store *s, const struct broadcast_row *row, const char *mission,
                GPtrArray *versions, GPtrArray *records, GError **error);
/* Does any version concern the mission? */
bool story_concerns(const GPtrArray *versions);

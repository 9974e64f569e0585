/*
 * foresight - what a correction says to whom, from what the store has of the earlier versions.
 *
 * On the store thread; reads only.  The same for previews, for approvals and for what is stored.
 */
#pragma once
#include "flow/casefile.h"
#include "flow/event.h"
#include "model/supersede.h"

struct sent_version { /* an earlier version that went out, with what became of its notifications */
    struct casefile *file;
    GPtrArray *notifications; /* struct notification * */
};

struct foresight {
    GPtrArray *sent;                /* struct sent_version *, oldest first */
    struct supersede_groups groups; /* of missions; all empty for a cancel */
    unsigned told; /* missions that are spoken to: still, newly and no longer affected */
};

/* in_flight: int64_t notifications that may arrive whatever is done now; NULL: none.  fresh: the
 * plan of b's own audience.  False with error; *out is to be cleared in any case. */
bool foresight_read(struct store *s, const struct event *e, const struct broadcast *b,
                    const struct plan *fresh, const GArray *in_flight, struct foresight *out,
                    GError **error);
/* What model/supersede asks of them; caller frees the array alone. */
struct version *foresight_versions(const struct foresight *f);
void foresight_clear(struct foresight *f);
/* fresh (taken) becomes what is said to everybody; NULL with error where that is too much for one
 * broadcast. */
struct plan *foresight_plan(const struct foresight *f, const struct broadcast *b,
                            struct plan *fresh, GError **error);
/* Ids of all that are spoken to, joined by blanks; caller frees. */
char *foresight_missions(const struct foresight *f);

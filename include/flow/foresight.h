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
    GPtrArray *sent;   /* struct sent_version *, oldest first */
    struct plan *plan; /* what is said to everybody; its missions are all that are spoken to */
};

/* in_flight: what the store does not know yet (dispatch_freeze()); NULL: nothing.  own: the plan
 * of b's own audience.  False with error, also where it is too much for one broadcast; *out is to
 * be cleared in any case. */
bool foresight_read(struct store *s, const struct event *e, const struct broadcast *b,
                    const struct plan *own, const GArray *in_flight, struct foresight *out,
                    GError **error);
/* One such version more, appended to f->sent, which is made where there was none. */
bool foresight_add(struct store *s, int64_t no, const GArray *in_flight, struct foresight *f,
                   GError **error);
/* Whoever may have heard an earlier of them after a later one has that only perhaps (TOLD_MAYBE).
 */
bool foresight_doubt(struct store *s, const struct foresight *f, GError **error);
/* What model/supersede asks of them; caller frees the array alone. */
struct version *foresight_versions(const struct foresight *f);
void foresight_clear(struct foresight *f);

/*
 * asking - who must acknowledge a broadcast, from when the ladder counts, and with which links.
 *
 * On the store thread, inside the transaction that makes the plan final.  Nobody is asked without
 * an address of the pages and a key for the links.  A representative is asked where a message goes
 * to them in a part that the configuration asks for; and an earlier question that nobody answered
 * still stands.  Where a version says the same words as the one before it, whatever became of that
 * one counts for it too: an answer, a takeover (also of a mission of which nobody is known), and
 * how far the ladder was climbed.
 */
#pragma once
#include "io/config.h"
#include "model/supersede.h"
#include "store/store.h"

struct asking { /* borrowed */
    const struct config *config;
    GBytes *master; /* NULL: there is no key */
    const struct broadcast *broadcast;
    int64_t now_ms;
};

/* What the plan, fresh from supersede_plan(), inherits.  versions: as they were before it, oldest
 * first. */
void asking_inherit(const struct asking *a, struct plan *p, const struct version *versions,
                    size_t n_versions);
/* The plan is final, but not stored: asks, begun_ms and ladder_due_ms of its obligations, the
 * digests of its links, row->link_key.  Returns the first ladder_due_ms, INT64_MAX: none. */
int64_t asking_decide(const struct asking *a, struct broadcast_row *row, struct plan *p);
/* The plan is stored under row->no: who has custody of its missions.  *next_ms: the first change,
 * INT64_MAX: none.  Nothing for a plan that asks nobody. */
bool asking_custody(struct store *s, const struct asking *a, const struct broadcast_row *row,
                    const struct plan *p, int64_t *next_ms, GError **error);
/* A link for every notification that serves somebody who asks, and row->link_key. */
void asking_links(GBytes *master, struct broadcast_row *row, const struct plan *p);
/* The steps of the configuration, or a campaign's own (status system). */
const struct ladder_step *asking_ladder(const struct config *c, const struct broadcast *b,
                                        size_t *n);
/* When the ladder's next step after behind_s is due for an obligation; 0: never. */
int64_t asking_ladder_due_ms(const struct config *c, const struct broadcast *b,
                             enum threat_level threat, const struct obligation *o);

/*
 * proof - when somebody last answered from an endpoint.
 *
 * An endpoint from which a person has answered is proved: it exists, and somebody reads there.
 * Mailboxes are compared without case.  Times are milliseconds since the epoch, UTC.
 */
#pragma once
#include "model/roster.h"

struct proofs;

struct proofs *proofs_new(void);
void proofs_free(struct proofs *p);
void proofs_note(struct proofs *p, const char *endpoint, int64_t at_ms); /* never goes back */
void proofs_forget(struct proofs *p, const char *endpoint);              /* p may be NULL */
size_t proofs_count(const struct proofs *p);                             /* p may be NULL: 0 */
int64_t proofs_of(const struct proofs *p, const char *endpoint);         /* 0: never; p likewise */
/* The latest of a representative's endpoints; 0: none is proved. */
int64_t proofs_of_representative(const struct proofs *p, const struct representative *r);
/* Appends struct roster_finding *, in the order of the roster: "proof-old" for each endpoint of a
 * valid representative whose proof is older than days, then one "never-proved" that says how many
 * there are.  Nothing where nobody has ever answered. */
void proofs_check(const struct proofs *p, const struct roster *r, int64_t at_ms, unsigned days,
                  GPtrArray *findings);

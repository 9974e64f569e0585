/*
 * authority - may a broadcast correct what it refers to?
 *
 * Only the original sender, or one named for it, may supersede (design, section 4, rule 4).  What
 * one named for it has said in between may be referred to by the original sender, who then corrects
 * his own as well.  Statuses never mix: what is here under another one is another event.
 */
#pragma once
#include "model/faults.h"
#include "store/store.h"

/* What can be told by the senders alone: a sentence (caller frees), or NULL. */
char *authority_refuses(const struct broadcast *b, const GPtrArray *named);
/* What the store has to say, on its thread.  row->references become those that b's sender may make,
 * with his own version where he corrects it through somebody else's; row->foreign what is not here
 * and may be so later.  *why: refused (caller frees); f: a reference of another status.  False with
 * error. */
bool authority_look(struct store *s, const struct broadcast *b, const GPtrArray *named,
                    struct broadcast_row *row, struct faults *f, char **why, GError **error);

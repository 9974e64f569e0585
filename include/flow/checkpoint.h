/*
 * checkpoint - signs the journal: after so many records, or so many seconds after the first that is
 * not signed yet (journal.checkpoint_records, checkpoint_s).
 *
 * A checkpoint is a record of its own: its signature is of its members and of prev, the hash of the
 * record before, and so of all before it.  Where the newest key is not the one that signed last,
 * the old one first signs a record "journal.key" whose detail is the new public key; an old key
 * that is no longer there cannot, which is logged.  Without keys nothing is signed.
 */
#pragma once
#include "flow/service.h"

#define CHECKPOINT_EVENT "journal.checkpoint"
#define CHECKPOINT_KEY_EVENT "journal.key"

struct checkpoint *checkpoint_new(struct service *s); /* follows s->log */
void checkpoint_look(struct checkpoint *c);           /* at a start, and when keys may be others */
/* The same inside somebody's store work.  Whoever calls it wakes s->log and s->witness then. */
bool checkpoint_sign(struct store *s, struct signing_keys *keys, struct config *c, int64_t now_ms,
                     GError **error);
/* Signs what is not signed yet, then calls done, in any case. */
void checkpoint_end(struct checkpoint *c, void (*done)(void *ctx), void *ctx);
void checkpoint_free(struct checkpoint *c);

/*
 * restored - a store that does not go on where the daemon last stopped: it says so, loudly.
 *
 * Two signs: the mark of a copy (store_file.h), and a delivery log whose last record is not in the
 * journal.  In the transaction that takes the mark away, the journal gets a record "store.restored"
 * (its chain thus goes on from the copy and says where another one ended), the duty desk an alarm,
 * and what the delivery log saw cancelled is cancelled here too, so that no alert comes after its
 * cancel.  The log of the lost store is then set aside, whole, under a name of its own: the new one
 * must not go on in it.
 *
 *   look (before the store is asked) -> note (on the store's thread, in a transaction; what it did
 *   stands only when that is committed) -> settle, or free.
 */
#pragma once
#include "io/config.h"
#include "store/store.h"

struct restored;

struct restored *restored_look(const struct config *c); /* borrows c; reads the log's last line */
bool restored_note(struct store *s, struct restored *r, int64_t now_ms, GError **error);
void restored_settle(
    struct restored *r); /* after the commit: sets aside, logs; nothing if it is none */
void restored_free(struct restored *r);

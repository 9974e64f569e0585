/*
 * store_thread - the one thread that touches the database.
 *
 * Work is queued by the loop thread; what has queued up runs in one transaction (each of several
 * pieces in a savepoint, so that one that fails undoes only itself) and is committed together; then
 * each done is called on the loop thread, in order, with the error of its own work or of the commit
 * (NULL: it is durable).  At most STORE_THREAD_MAX_BATCH pieces a commit.  What the store has to
 * tidy up after it waits until those are posted.
 *
 * Work that was submitted ahead does not wait for what was submitted before it without: it has
 * transactions of its own.  While both kinds wait they take turns, so that neither waits for more
 * than one transaction of the other.  Within its kind all work runs in the order in which it was
 * submitted.  The tidying up waits until no haste is left, for STORE_THREAD_MAX_UNTIDY
 * transactions at most.
 *
 * Work runs on the store thread: it may use s, its arg and immutable values, nothing else.
 */
#pragma once
#include "store/store.h"

#define STORE_THREAD_MAX_BATCH 256
#define STORE_THREAD_MAX_UNTIDY 16

struct mailbox;
struct store_thread;

typedef bool (*store_work_fn)(struct store *s, void *arg, GError **error);
typedef void (*store_done_fn)(void *arg, const GError *error);

/* Opens the store and starts the thread.  Completions are posted to the given mailbox (borrowed);
 * the loop hands each message to store_completion_run(). */
struct store_thread *store_thread_new(const struct store_ops *ops, const struct store_options *o,
                                      struct mailbox *completions, GError **error);
void store_thread_submit(struct store_thread *t, store_work_fn work, store_done_fn done, void *arg);
/* The same, for what cannot wait and depends on nothing that was submitted and is not done yet. */
void store_thread_submit_ahead(struct store_thread *t, store_work_fn work, store_done_fn done,
                               void *arg);
/* The same, for work that must run outside of a transaction: alone, in its turn. */
void store_thread_submit_outside(struct store_thread *t, store_work_fn work, store_done_fn done,
                                 void *arg);
unsigned store_thread_queued(const struct store_thread *t);
/* Calls done, frees; what a mailbox is watched with. */
void store_completion_run(void *completion, void *unused);
void store_completion_drop(
    void *completion); /* frees without a call: the mailbox's free function */
/* Finishes all queued work, stops the thread, closes the store. Completions still come to the
 * mailbox. */
void store_thread_free(struct store_thread *t);

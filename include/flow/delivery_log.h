/*
 * delivery_log - the journal as a file of JSON lines and as something to follow.
 *
 * A projection of committed rows: it reads on from the last line of its file, never blocks
 * delivery, and after a full disk or a rotation catches up from the store.  Where the file was
 * taken away while the daemon was down it goes on from the position that the store knows, which
 * is never ahead of what has been written, and after a crash may be a little behind: those lines
 * are then in both files.  Followers are told that there is more and read it themselves.
 */
#pragma once
#include "flow/service.h"

typedef void (*delivery_log_fn)(void *ctx);

struct delivery_log *delivery_log_new(struct service *s);
/* The same of what is signed alone, in the file journal.witness. */
struct delivery_log *delivery_log_witness(struct service *s);
void delivery_log_wake(struct delivery_log *l);   /* something was committed */
void delivery_log_reopen(struct delivery_log *l); /* SIGHUP; takes a new path too */
/* fn on the loop after each wake.  follow returns a handle for unfollow. */
unsigned delivery_log_follow(struct delivery_log *l, delivery_log_fn fn, void *ctx);
void delivery_log_unfollow(struct delivery_log *l, unsigned handle);
/* idle is called (from here or later) when all that is committed is in the file, or the file takes
 * nothing. */
void delivery_log_when_idle(struct delivery_log *l, void (*idle)(void *ctx), void *ctx);
void delivery_log_stats(const struct delivery_log *l, int64_t *written_seq, bool *behind);
void delivery_log_free(struct delivery_log *l);

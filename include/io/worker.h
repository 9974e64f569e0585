/*
 * worker - a thread for what would keep the loop from its other work: it works off what it is given
 * in its order, and what is worked off comes back to the loop in the same order.
 *
 * work runs on the thread, done on the loop's, from loop_run().  All but work is for the loop
 * thread.
 */
#pragma once
#include <glib.h>

struct loop;
struct worker;

typedef void (*worker_fn)(void *arg);

/* drop: for what is given and never comes back. */
struct worker *worker_new(struct loop *l, const char *name, worker_fn work, worker_fn done,
                          GDestroyNotify drop);
void worker_give(struct worker *w, void *arg /* not NULL */);
/* Ends after what it is working at; what was given and has not come back is dropped. */
void worker_free(struct worker *w);

/*
 * loop - the one event loop (libevent): timers, descriptors, signals, messages from threads.
 *
 * Everything here is for the loop thread only, but loop_post() and loop_stop().  Callbacks run from
 * loop_run(), never from inside the call that registered them.  What was made for a loop (timers,
 * watches) is freed before the loop; a watch that is still there goes with it.
 * A loop ignores SIGPIPE for the process: a peer that hangs up is an error code, not a death.
 */
#pragma once
#include <glib.h>
#include <stdint.h>

struct event_base;
struct mailbox;
struct loop;
struct loop_timer;
struct loop_watch;

typedef void (*loop_fn)(void *ctx);

struct loop *loop_new(GError **error);
void loop_free(struct loop *l); /* posts that have not run are forgotten */
void loop_run(struct loop *l);  /* until loop_stop(); may be called again */
void loop_stop(struct loop *l); /* any thread; before loop_run(): the next run ends at once */
struct event_base *loop_base(struct loop *l);

/* One-shot timers; a timer is armed, re-armed and disarmed for as long as it lives. */
struct loop_timer *loop_timer_new(struct loop *l, loop_fn fn, void *ctx);
void loop_timer_arm(struct loop_timer *t, int64_t after_ms);
void loop_timer_disarm(struct loop_timer *t);
void loop_timer_free(struct loop_timer *t); /* its own callback may do it */

/* fn once, soon, from loop_run(); safe from any thread.  Order is kept. */
void loop_post(struct loop *l, loop_fn fn, void *ctx);

/* on_message for every message of m (which must outlive the watch), in batches; on_batch, if not
 * NULL, after each batch.  Neither may end the watch that calls it. */
struct loop_watch *loop_watch_mailbox(struct loop *l, struct mailbox *m,
                                      void (*on_message)(void *message, void *ctx),
                                      loop_fn on_batch, void *ctx);
struct loop_watch *loop_watch_signal(struct loop *l, int signo, loop_fn fn, void *ctx);
void loop_unwatch(struct loop_watch *w);

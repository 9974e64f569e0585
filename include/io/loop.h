/*
 * loop - the one event loop (libevent): timers, descriptors, signals, messages from threads.
 *
 * Everything here is for the loop thread only, but loop_post() and loop_stop().  Callbacks run from
 * loop_run(), never from inside the call that registered them.
 */
#pragma once
#include <glib.h>
#include <stdint.h>

struct event_base;
struct mailbox;
struct loop;
struct loop_timer;

typedef void (*loop_fn)(void *ctx);

struct loop *loop_new(GError **error);
void loop_free(struct loop *l);
void loop_run(struct loop *l);  /* until loop_stop() */
void loop_stop(struct loop *l); /* any thread */
struct event_base *loop_base(struct loop *l);

/* One-shot timers; a timer is armed, re-armed and disarmed for as long as it lives. */
struct loop_timer *loop_timer_new(struct loop *l, loop_fn fn, void *ctx);
void loop_timer_arm(struct loop_timer *t, int64_t after_ms);
void loop_timer_disarm(struct loop_timer *t);
void loop_timer_free(struct loop_timer *t);

/* fn once, soon, from loop_run(); safe from any thread. */
void loop_post(struct loop *l, loop_fn fn, void *ctx);

/* on_message for every message of m (which must outlive the loop), in batches; on_batch, if not NULL,
 * after each batch. */
void loop_watch_mailbox(struct loop *l, struct mailbox *m, void (*on_message)(void *message, void *ctx),
                        loop_fn on_batch, void *ctx);
void loop_watch_signal(struct loop *l, int signo, loop_fn fn, void *ctx);

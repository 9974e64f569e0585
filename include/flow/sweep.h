/*
 * sweep - looks into the store whenever something there falls due, by the wall clock.
 *
 * One look at a time.  The earliest due instant is known from what was noted and from the last
 * look; because the wall clock may be stepped, it is compared again at least every
 * SWEEP_MAX_WAIT_MS.
 */
#pragma once
#include "flow/service.h"

#define SWEEP_MAX_WAIT_MS 60000
#define SWEEP_RETRY_MS 1000 /* after the store has failed */

struct sweep {
    struct service *service;
    struct loop_timer *timer;
    void (*look)(void *ctx, int64_t now_ms); /* ends, now or later, in sweep_done() */
    void *ctx;
    int64_t next_ms; /* INT64_MAX: nothing is known to be due */
    bool busy;
    bool noted; /* while busy: the look may have been too early to see it */
};

/* By itself, and its look's ctx. */
struct sweep *sweep_new(struct service *s, void (*look)(void *ctx, int64_t now_ms));
void sweep_free(struct sweep *w);
/* As a part of something else. */
void sweep_init(struct sweep *w, struct service *s, void (*look)(void *ctx, int64_t now_ms),
                void *ctx);
void sweep_clear(struct sweep *w);
void sweep_start(struct sweep *w); /* something may be due now */
void sweep_note(struct sweep *w, int64_t due_ms);
/* The look of now_ms is over: more: it took something, so that there may be more of it; else
 * next_ms is the store's next (INT64_MAX: none). */
void sweep_done(struct sweep *w, const GError *error, int64_t now_ms, bool more, int64_t next_ms);

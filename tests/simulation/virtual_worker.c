/*
 * virtual_worker - stands in for io/worker: it works when the loop does, every other time at once
 * and else when there is nothing else to do; over lists it sits for a while.
 */
#include "io/worker.h"

#include "io/loop.h"
#include <stdbool.h>

#define LISTS_MS 1

struct worker {
    struct loop *loop;
    struct loop_timer *timer;
    worker_fn work, done;
    GDestroyNotify drop;
    GQueue given;
    bool lists;
    unsigned count; /* what was given so far */
};

static void work_off(void *ctx)
{
    struct worker *w = ctx;
    for (guint n = w->given.length; n > 0; n--) {
        void *arg = g_queue_pop_head(&w->given);
        w->work(arg);
        w->done(arg);
    }
}

struct worker *worker_new(struct loop *l, const char *name, worker_fn work, worker_fn done,
                          GDestroyNotify drop)
{
    struct worker *w = g_new0(struct worker, 1);
    w->loop = l;
    w->lists = g_str_equal(name, "lists");
    w->timer = loop_timer_new(l, work_off, w);
    w->work = work;
    w->done = done;
    w->drop = drop;
    g_queue_init(&w->given);
    return w;
}

void worker_give(struct worker *w, void *arg)
{
    g_queue_push_tail(&w->given, arg);
    if (w->lists)
        loop_timer_arm(w->timer, LISTS_MS);
    else if (w->count++ % 2)
        loop_post(w->loop, work_off, w);
    else
        loop_timer_arm(w->timer, 0);
}

void worker_free(struct worker *w)
{
    if (!w)
        return;
    g_queue_clear_full(&w->given, w->drop);
    loop_timer_free(w->timer);
    g_free(w);
}

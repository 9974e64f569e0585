#include "virtual_loop.h"
#include "virtual_store.h"

#include "base/mailbox.h"

struct loop_timer {
    struct loop *loop;
    loop_fn fn;
    void *ctx;
    int64_t at_ms;  /* monotonic; -1: not armed */
    uint64_t order; /* of arming: timers of one instant run in that order */
};

struct post {
    loop_fn fn;
    void *ctx;
};

struct loop_watch {
    struct loop *loop;
    struct mailbox *mailbox; /* NULL: a signal's */
    void (*on_message)(void *message, void *ctx);
    loop_fn on_batch;
    void *ctx;
};

struct loop {
    struct clock_fake clock;
    GPtrArray *timers;  /* borrowed */
    GQueue posts;       /* struct post * */
    GPtrArray *watches; /* borrowed */
    uint64_t order;
    bool stopped;
    GRand *rand;                /* borrowed; NULL: nothing is left to chance */
    struct store_thread *store; /* works when the loop does */
    loop_fn watcher;            /* after every piece; NULL: nobody looks */
    void *watcher_ctx;
};

/* The store thread has no loop of its own: the last loop made is the one that works for it. */
static struct loop *the_loop;

struct loop *loop_new(GError **error)
{
    (void)error;
    struct loop *l = g_new0(struct loop, 1);
    l->clock = clock_fake_at(0);
    l->timers = g_ptr_array_new();
    l->watches = g_ptr_array_new();
    g_queue_init(&l->posts);
    the_loop = l;
    return l;
}

struct virtual_here virtual_loop_take_store(struct store_thread *t)
{
    the_loop->store = t;
    return (struct virtual_here){ &the_loop->clock, &the_loop->rand };
}

void loop_free(struct loop *l)
{
    g_ptr_array_unref(l->timers);
    g_queue_clear_full(&l->posts, g_free);
    g_ptr_array_unref(l->watches);
    g_free(l);
}

struct clock_fake *virtual_clock(struct loop *l)
{
    return &l->clock;
}

void loop_stop(struct loop *l)
{
    l->stopped = true;
}

struct event_base *loop_base(struct loop *l)
{
    (void)l;
    return NULL;
}

struct loop_timer *loop_timer_new(struct loop *l, loop_fn fn, void *ctx)
{
    struct loop_timer *t = g_new(struct loop_timer, 1);
    *t = (struct loop_timer){ .loop = l, .fn = fn, .ctx = ctx, .at_ms = -1 };
    g_ptr_array_add(l->timers, t);
    return t;
}

void loop_timer_arm(struct loop_timer *t, int64_t after_ms)
{
    t->at_ms = t->loop->clock.mono_ms + MAX(after_ms, 0);
    t->order = ++t->loop->order;
}

void loop_timer_disarm(struct loop_timer *t)
{
    t->at_ms = -1;
}

void loop_timer_free(struct loop_timer *t)
{
    g_ptr_array_remove(t->loop->timers, t);
    g_free(t);
}

void loop_post(struct loop *l, loop_fn fn, void *ctx)
{
    struct post *p = g_new(struct post, 1);
    *p = (struct post){ fn, ctx };
    g_queue_push_tail(&l->posts, p);
}

struct loop_watch *loop_watch_mailbox(struct loop *l, struct mailbox *m,
                                      void (*on_message)(void *message, void *ctx),
                                      loop_fn on_batch, void *ctx)
{
    struct loop_watch *w = g_new(struct loop_watch, 1);
    *w = (struct loop_watch){ l, m, on_message, on_batch, ctx };
    g_ptr_array_add(l->watches, w);
    return w;
}

/* Signals do not come here. */
struct loop_watch *loop_watch_signal(struct loop *l, int signo, loop_fn fn, void *ctx)
{
    (void)signo;
    (void)fn;
    return loop_watch_mailbox(l, NULL, NULL, NULL, ctx);
}

void loop_unwatch(struct loop_watch *w)
{
    g_ptr_array_remove(w->loop->watches, w);
    g_free(w);
}

/* --- running --- */

#define FOREVER_MS (INT64_MAX / 2)

static bool run_watches(struct loop *l)
{
    bool any = false;
    for (guint i = 0; i < l->watches->len; i++) {
        struct loop_watch w = *(struct loop_watch *)g_ptr_array_index(l->watches, i);
        gpointer message;
        bool some = false;
        while (w.mailbox && (message = mailbox_try_take(w.mailbox))) {
            w.on_message(message, w.ctx);
            some = any = true;
        }
        if (some && w.on_batch)
            w.on_batch(w.ctx);
    }
    return any;
}

static struct loop_timer *next_timer(struct loop *l)
{
    struct loop_timer *first = NULL;
    for (guint i = 0; i < l->timers->len; i++) {
        struct loop_timer *t = g_ptr_array_index(l->timers, i);
        if (t->at_ms < 0)
            continue;
        if (!first || t->at_ms < first->at_ms ||
            (t->at_ms == first->at_ms && t->order < first->order))
            first = t;
    }
    return first;
}

static bool run_piece_of_loop(struct loop *l)
{
    struct post *p = g_queue_pop_head(&l->posts);
    if (p) {
        p->fn(p->ctx);
        g_free(p);
        return true;
    }
    if (l->rand && g_rand_boolean(l->rand) && run_watches(l))
        return true;
    if (l->store && virtual_store_work(l->store))
        return true;
    return run_watches(l);
}

static void tell_watcher(struct loop *l)
{
    if (l->watcher)
        l->watcher(l->watcher_ctx);
}

static bool run_now(struct loop *l)
{
    bool any = run_piece_of_loop(l);
    if (any)
        tell_watcher(l);
    return any;
}

void virtual_watch(struct loop *l, loop_fn fn, void *ctx)
{
    l->watcher = fn;
    l->watcher_ctx = ctx;
}

void virtual_step_clock(struct loop *l, int64_t by_ms)
{
    l->clock.wall_ms += by_ms;
}

bool virtual_step(struct loop *l)
{
    return run_now(l);
}

void virtual_shuffle(struct loop *l, GRand *r)
{
    l->rand = r;
}

void virtual_run_until(struct loop *l, int64_t limit_ms)
{
    l->stopped = false;
    while (!l->stopped) {
        if (run_now(l))
            continue;
        struct loop_timer *t = next_timer(l);
        int64_t stalled_ms = l->store ? virtual_store_stalled_ms(l->store) : 0;
        if (!t && !stalled_ms && limit_ms == FOREVER_MS)
            return;
        int64_t wait_ms = t ? MAX(t->at_ms - l->clock.mono_ms, 0) : INT64_MAX;
        bool store_first = stalled_ms && stalled_ms <= wait_ms;
        if (store_first)
            wait_ms = stalled_ms;
        if (wait_ms > limit_ms - l->clock.wall_ms) {
            clock_fake_advance(&l->clock, limit_ms - l->clock.wall_ms);
            return;
        }
        clock_fake_advance(&l->clock, wait_ms);
        if (store_first)
            continue;
        t->at_ms = -1;
        t->fn(t->ctx);
        tell_watcher(l);
    }
}

void loop_run(struct loop *l)
{
    virtual_run_until(l, FOREVER_MS);
}

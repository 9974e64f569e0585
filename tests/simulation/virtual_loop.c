#include "virtual_loop.h"

#include "base/mailbox.h"

#define VIRTUAL_MAX_BATCH 8

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

/* --- the store thread --- */

struct work {
    store_work_fn work;
    store_done_fn done;
    void *arg;
    GError *error;
    bool outside; /* of a transaction, alone */
};

struct store_thread {
    const struct store_ops *ops; /* that opened it */
    struct store *store;
    struct mailbox *completions;
    GQueue queue; /* struct work * */
    unsigned fail;
    int64_t stalled_to_ms; /* monotonic: no work is begun before */
    int64_t unwell_ms;     /* wall: when something failed, or a stall ends; 0: never */
};

struct store_thread *store_thread_new(const struct store_ops *ops, const struct store_options *o,
                                      struct mailbox *completions, GError **error)
{
    struct store *s = ops->open(o, error);
    if (!s)
        return NULL;
    struct store_thread *t = g_new0(struct store_thread, 1);
    t->ops = ops;
    t->store = s;
    t->completions = completions;
    g_queue_init(&t->queue);
    the_loop->store = t;
    return t;
}

void store_thread_submit(struct store_thread *t, store_work_fn work, store_done_fn done, void *arg)
{
    struct work *w = g_new(struct work, 1);
    *w = (struct work){ .work = work, .done = done, .arg = arg };
    g_queue_push_tail(&t->queue, w);
}

void store_thread_submit_outside(struct store_thread *t, store_work_fn work, store_done_fn done,
                                 void *arg)
{
    store_thread_submit(t, work, done, arg);
    ((struct work *)g_queue_peek_tail(&t->queue))->outside = true;
}

unsigned store_thread_queued(const struct store_thread *t)
{
    return t->queue.length;
}

void store_completion_run(void *completion)
{
    struct work *w = completion;
    w->done(w->arg, w->error);
    store_completion_drop(w);
}

void store_completion_drop(void *completion)
{
    struct work *w = completion;
    g_clear_error(&w->error);
    g_free(w);
}

void virtual_store_fail(struct store_thread *t, unsigned commits)
{
    t->fail = commits;
}

void virtual_store_stall(struct store_thread *t, int64_t ms)
{
    t->stalled_to_ms = the_loop->clock.mono_ms + ms;
    t->unwell_ms = the_loop->clock.wall_ms + ms;
}

int64_t virtual_store_unwell_ms(const struct store_thread *t)
{
    return t->unwell_ms;
}

struct store *virtual_store_peek(struct store_thread *t)
{
    return t->store;
}

static void abandon(struct work *w)
{
    if (!w->error)
        g_set_error(&w->error, G_FILE_ERROR, G_FILE_ERROR_IO, "the machine lost its power");
    store_completion_run(w);
}

/* What is told that it failed may hand in more: until nothing is left. */
void virtual_store_abandon(struct store_thread *t)
{
    struct work *w;
    do {
        while ((w = mailbox_try_take(t->completions)))
            abandon(w);
        w = g_queue_pop_head(&t->queue);
        if (w)
            abandon(w);
    } while (w);
}

/* As the real one does it (store_thread.c): each piece in a savepoint. */
static void run_piece(struct store *s, struct work *w)
{
    if (!s->ops->savepoint(s, &w->error))
        return;
    if (w->work(s, w->arg, &w->error) && !w->error && s->ops->savepoint_keep(s, &w->error))
        return;
    s->ops->savepoint_undo(s);
    if (!w->error)
        g_set_error(&w->error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "it failed without a reason");
}

static bool commit(struct store_thread *t, GError **error)
{
    if (t->fail == 0)
        return t->store->ops->commit(t->store, error);
    t->fail--;
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "commit: no space left on device");
    return false;
}

static void run_batch(struct store_thread *t, struct work *const *batch, unsigned n)
{
    g_autoptr(GError) error = NULL;
    if (t->store->ops->begin(t->store, &error)) {
        for (unsigned i = 0; i < n; i++)
            run_piece(t->store, batch[i]);
        if (commit(t, &error))
            return;
        t->store->ops->rollback(t->store);
    }
    for (unsigned i = 0; i < n; i++)
        if (!batch[i]->error)
            batch[i]->error = g_error_copy(error);
}

static void run_outside(struct store *s, struct work *w)
{
    if (!w->work(s, w->arg, &w->error) && !w->error)
        g_set_error(&w->error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "it failed without a reason");
}

/* May what is next in the queue join the n pieces of the batch? */
static bool joins(const struct store_thread *t, struct work *const *batch, unsigned n)
{
    const struct work *next = g_queue_peek_head((GQueue *)&t->queue);
    return next && (n == 0 || (!batch[0]->outside && !next->outside));
}

/* One transaction: of one piece, or where things are left to chance of some that wait. */
static bool work_once(struct store_thread *t)
{
    struct work *batch[VIRTUAL_MAX_BATCH];
    unsigned most = 1, n = 0;
    if (t->queue.length > 1 && the_loop->rand)
        most = (unsigned)g_rand_int_range(the_loop->rand, 1, VIRTUAL_MAX_BATCH + 1);
    while (n < most && joins(t, batch, n))
        batch[n++] = g_queue_pop_head(&t->queue);
    if (n == 0)
        return false;
    if (batch[0]->outside)
        run_outside(t->store, batch[0]);
    else
        run_batch(t, batch, n);
    for (unsigned i = 0; i < n; i++) {
        if (batch[i]->error)
            t->unwell_ms = MAX(t->unwell_ms, the_loop->clock.wall_ms);
        mailbox_post(t->completions, batch[i]);
    }
    return true;
}

static bool is_stalled(const struct loop *l)
{
    return l->store && l->store->stalled_to_ms > l->clock.mono_ms;
}

void store_thread_free(struct store_thread *t)
{
    while (work_once(t))
        ;
    t->ops->close(t->store);
    the_loop->store = NULL;
    g_free(t);
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
    if (l->store && !is_stalled(l) && work_once(l->store))
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
        if (!t && !is_stalled(l) && limit_ms == FOREVER_MS)
            return;
        int64_t wait_ms = t ? MAX(t->at_ms - l->clock.mono_ms, 0) : INT64_MAX;
        bool store_first = is_stalled(l) && l->store->stalled_to_ms - l->clock.mono_ms <= wait_ms;
        if (store_first)
            wait_ms = l->store->stalled_to_ms - l->clock.mono_ms;
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

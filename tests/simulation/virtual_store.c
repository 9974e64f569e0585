#include "virtual_store.h"

#include "base/mailbox.h"
#include "virtual_loop.h"

#define VIRTUAL_MAX_BATCH 8

struct work {
    store_work_fn work;
    store_done_fn done;
    void *arg;
    GError *error;
    bool outside; /* of a transaction, alone */
};

struct store_thread {
    struct virtual_here here;
    const struct store_ops *ops; /* that opened it */
    struct store *store;
    struct mailbox *completions;
    GQueue queue; /* struct work * */
    GQueue ahead; /* likewise, what cannot wait */
    bool hastes;  /* the last transaction was of it */
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
    g_queue_init(&t->ahead);
    t->here = virtual_loop_take_store(t);
    return t;
}

static struct work *work_new(store_work_fn work, store_done_fn done, void *arg)
{
    struct work *w = g_new(struct work, 1);
    *w = (struct work){ .work = work, .done = done, .arg = arg };
    return w;
}

void store_thread_submit(struct store_thread *t, store_work_fn work, store_done_fn done, void *arg)
{
    g_queue_push_tail(&t->queue, work_new(work, done, arg));
}

void store_thread_submit_ahead(struct store_thread *t, store_work_fn work, store_done_fn done,
                               void *arg)
{
    g_queue_push_tail(&t->ahead, work_new(work, done, arg));
}

void store_thread_submit_outside(struct store_thread *t, store_work_fn work, store_done_fn done,
                                 void *arg)
{
    store_thread_submit(t, work, done, arg);
    ((struct work *)g_queue_peek_tail(&t->queue))->outside = true;
}

unsigned store_thread_queued(const struct store_thread *t)
{
    return t->queue.length + t->ahead.length;
}

void store_completion_run(void *completion, void *unused)
{
    (void)unused;
    struct work *w = completion;
    if (w->done)
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
    t->stalled_to_ms = t->here.clock->mono_ms + ms;
    t->unwell_ms = t->here.clock->wall_ms + ms;
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
    store_completion_run(w, NULL);
}

/* What is told that it failed may hand in more: until nothing is left. */
void virtual_store_abandon(struct store_thread *t)
{
    struct work *w;
    do {
        while ((w = mailbox_try_take(t->completions)))
            abandon(w);
        w = g_queue_pop_head(t->ahead.length ? &t->ahead : &t->queue);
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

/* As the real one does it: the two kinds take turns. */
static GQueue *next_queue(struct store_thread *t)
{
    bool both = t->queue.length > 0 && t->ahead.length > 0;
    t->hastes = both ? !t->hastes : t->ahead.length > 0;
    return t->hastes ? &t->ahead : &t->queue;
}

/* May what is next in the queue join the n pieces of the batch? */
static bool joins(GQueue *from, struct work *const *batch, unsigned n)
{
    const struct work *next = g_queue_peek_head(from);
    return next && (n == 0 || (!batch[0]->outside && !next->outside));
}

/* One transaction: of one piece, or where things are left to chance of some that wait. */
static bool work_once(struct store_thread *t)
{
    struct work *batch[VIRTUAL_MAX_BATCH];
    unsigned most = 1, n = 0;
    GQueue *from = next_queue(t);
    if (from->length > 1 && *t->here.rand)
        most = (unsigned)g_rand_int_range(*t->here.rand, 1, VIRTUAL_MAX_BATCH + 1);
    while (n < most && joins(from, batch, n))
        batch[n++] = g_queue_pop_head(from);
    if (n == 0)
        return false;
    if (batch[0]->outside)
        run_outside(t->store, batch[0]);
    else
        run_batch(t, batch, n);
    for (unsigned i = 0; i < n; i++) {
        if (batch[i]->error)
            t->unwell_ms = MAX(t->unwell_ms, t->here.clock->wall_ms);
        mailbox_post(t->completions, batch[i]);
    }
    t->store->ops->fold(t->store);
    return true;
}

int64_t virtual_store_stalled_ms(const struct store_thread *t)
{
    return MAX(t->stalled_to_ms - t->here.clock->mono_ms, 0);
}

bool virtual_store_work(struct store_thread *t)
{
    return virtual_store_stalled_ms(t) == 0 && work_once(t);
}

void store_thread_free(struct store_thread *t)
{
    while (work_once(t))
        ;
    t->ops->close(t->store);
    virtual_loop_take_store(NULL);
    g_free(t);
}

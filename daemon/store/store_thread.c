#include "store/store_thread.h"
#include "base/mailbox.h"
#include <pthread.h>
#include <stdatomic.h>

/* A piece of work; the same block is its completion once it has run. */
struct piece {
    store_work_fn work;
    store_done_fn done;
    void *arg;     /* the submitter's */
    GError *error; /* owned */
    bool outside;
};

struct store_thread {
    struct store *store;         /* the thread's own, once it runs */
    struct mailbox *completions; /* borrowed */
    pthread_t thread;
    pthread_mutex_t lock; /* not GLib's, which the thread sanitizer cannot see into */
    pthread_cond_t filled;
    GQueue waiting;  /* struct piece *, owned; under the lock */
    GQueue ahead;    /* likewise, what cannot wait */
    bool stopping;   /* under the lock */
    bool hastes;     /* the batch at hand is of what cannot wait; the thread's own */
    unsigned untidy; /* batches since the store could tidy up; the thread's own */
    atomic_uint unfinished;
};

static void piece_free(struct piece *p)
{
    g_clear_error(&p->error);
    g_free(p);
}

/* May the next piece still join the batch?  What runs outside of a transaction stands alone. */
static bool joins(const GPtrArray *batch, GQueue *from)
{
    const struct piece *next = g_queue_peek_head(from);
    const struct piece *last = batch->len ? batch->pdata[batch->len - 1] : NULL;
    return next && batch->len < STORE_THREAD_MAX_BATCH &&
           (!last || (!last->outside && !next->outside));
}

static bool nothing_waits(const struct store_thread *t)
{
    return t->waiting.length + t->ahead.length == 0;
}

static GQueue *next_queue(struct store_thread *t)
{
    bool both = !g_queue_is_empty(&t->waiting) && !g_queue_is_empty(&t->ahead);
    t->hastes = both ? !t->hastes : !g_queue_is_empty(&t->ahead);
    return t->hastes ? &t->ahead : &t->waiting;
}

static GPtrArray *take_batch(struct store_thread *t)
{
    GPtrArray *batch = g_ptr_array_new();
    pthread_mutex_lock(&t->lock);
    while (nothing_waits(t) && !t->stopping)
        pthread_cond_wait(&t->filled, &t->lock);
    GQueue *from = next_queue(t);
    while (joins(batch, from))
        g_ptr_array_add(batch, g_queue_pop_head(from));
    pthread_mutex_unlock(&t->lock);
    return batch;
}

static void blame(struct piece *p)
{
    if (!p->error)
        g_set_error_literal(&p->error, g_quark_from_static_string("liaisond-store"), 0,
                            "store: the work failed without a reason");
}

static void run_piece(struct store *s, struct piece *p)
{
    if (!s->ops->savepoint(s, &p->error))
        return;
    if (p->work(s, p->arg, &p->error) && !p->error && s->ops->savepoint_keep(s, &p->error))
        return;
    s->ops->savepoint_undo(s);
    blame(p);
}

static void run_outside(struct store *s, struct piece *p)
{
    if (!p->work(s, p->arg, &p->error))
        blame(p);
}

/* What went well by itself shares the fate of the transaction. */
static void fail_all(GPtrArray *batch, const GError *error)
{
    for (guint i = 0; i < batch->len; i++) {
        struct piece *p = batch->pdata[i];
        if (!p->error)
            p->error = g_error_copy(error);
    }
}

/* One alone is undone with its transaction: what it writes need not be kept a second time. */
static bool run_alone(struct store *s, struct piece *p, GError **error)
{
    if (p->work(s, p->arg, &p->error) && !p->error)
        return s->ops->commit(s, error);
    blame(p);
    return false;
}

static bool run_together(struct store *s, GPtrArray *batch, GError **error)
{
    for (guint i = 0; i < batch->len; i++)
        run_piece(s, batch->pdata[i]);
    return s->ops->commit(s, error);
}

static void run_batch(struct store *s, GPtrArray *batch)
{
    g_autoptr(GError) error = NULL;
    if (s->ops->begin(s, &error)) {
        if (batch->len == 1 ? run_alone(s, batch->pdata[0], &error)
                            : run_together(s, batch, &error))
            return;
        s->ops->rollback(s);
    }
    fail_all(batch, error);
}

/* What was stored in haste is soon followed by more of the kind. */
static void fold_unless_in_haste(struct store_thread *t)
{
    pthread_mutex_lock(&t->lock);
    bool haste = t->hastes || !g_queue_is_empty(&t->ahead);
    pthread_mutex_unlock(&t->lock);
    if (haste && ++t->untidy < STORE_THREAD_MAX_UNTIDY)
        return;
    t->untidy = 0;
    t->store->ops->fold(t->store);
}

static void *serve(void *arg)
{
    struct store_thread *t = arg;
    for (;;) {
        g_autoptr(GPtrArray) batch = take_batch(t);
        if (!batch->len)
            return NULL; /* stopping, and nothing is left */
        struct piece *first = batch->pdata[0];
        bool outside = first->outside; /* it is the loop's once it is posted */
        if (outside)
            run_outside(t->store, first);
        else
            run_batch(t->store, batch);
        atomic_fetch_sub(&t->unfinished, batch->len);
        for (guint i = 0; i < batch->len; i++)
            mailbox_post(t->completions, batch->pdata[i]);
        if (!outside)
            fold_unless_in_haste(t);
    }
}

static void destroy(struct store_thread *t)
{
    t->store->ops->close(t->store);
    pthread_cond_destroy(&t->filled);
    pthread_mutex_destroy(&t->lock);
    g_free(t);
}

struct store_thread *store_thread_new(const struct store_ops *ops, const struct store_options *o,
                                      struct mailbox *completions, GError **error)
{
    struct store *s = ops->open(o, error);
    if (!s)
        return NULL;
    struct store_thread *t = g_new0(struct store_thread, 1);
    t->store = s;
    t->completions = completions;
    g_queue_init(&t->waiting);
    g_queue_init(&t->ahead);
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->filled, NULL);
    int rc = pthread_create(&t->thread, NULL, serve, t);
    if (!rc)
        return t;
    g_set_error(error, g_quark_from_static_string("liaisond-store"), rc,
                "start the store thread: %s", g_strerror(rc));
    destroy(t);
    return NULL;
}

static void submit(struct store_thread *t, GQueue *to, const struct piece *what)
{
    struct piece *p = g_new(struct piece, 1);
    *p = *what;
    atomic_fetch_add(&t->unfinished, 1);
    pthread_mutex_lock(&t->lock);
    g_queue_push_tail(to, p);
    pthread_cond_signal(&t->filled);
    pthread_mutex_unlock(&t->lock);
}

void store_thread_submit(struct store_thread *t, store_work_fn work, store_done_fn done, void *arg)
{
    submit(t, &t->waiting, &(struct piece){ .work = work, .done = done, .arg = arg });
}

void store_thread_submit_ahead(struct store_thread *t, store_work_fn work, store_done_fn done,
                               void *arg)
{
    submit(t, &t->ahead, &(struct piece){ .work = work, .done = done, .arg = arg });
}

void store_thread_submit_outside(struct store_thread *t, store_work_fn work, store_done_fn done,
                                 void *arg)
{
    submit(t, &t->waiting,
           &(struct piece){ .work = work, .done = done, .arg = arg, .outside = true });
}

unsigned store_thread_queued(const struct store_thread *t)
{
    return atomic_load(&t->unfinished);
}

void store_completion_run(void *completion, void *unused)
{
    (void)unused;
    struct piece *p = completion;
    if (p->done)
        p->done(p->arg, p->error);
    piece_free(p);
}

void store_completion_drop(void *completion)
{
    piece_free(completion);
}

void store_thread_free(struct store_thread *t)
{
    if (!t)
        return;
    pthread_mutex_lock(&t->lock);
    t->stopping = true;
    pthread_cond_signal(&t->filled);
    pthread_mutex_unlock(&t->lock);
    pthread_join(t->thread, NULL);
    destroy(t);
}

#include "io/worker.h"

#include "base/mailbox.h"
#include "io/loop.h"

struct worker {
    worker_fn work, done;
    GDestroyNotify drop;
    struct mailbox *given, *ended;
    struct loop_watch *watch; /* on ended */
    GThread *thread;
    gint stopping; /* atomic */
};

static void come_back(void *arg, void *ctx)
{
    ((struct worker *)ctx)->done(arg);
}

/* The worker itself among what it is given means the end. */
static gpointer run(gpointer data)
{
    struct worker *w = data;
    for (void *arg; (arg = mailbox_take(w->given)) != w;) {
        if (!g_atomic_int_get(&w->stopping))
            w->work(arg);
        mailbox_post(w->ended, arg);
    }
    return NULL;
}

struct worker *worker_new(struct loop *l, const char *name, worker_fn work, worker_fn done,
                          GDestroyNotify drop)
{
    struct worker *w = g_new0(struct worker, 1);
    w->work = work;
    w->done = done;
    w->drop = drop;
    w->given = mailbox_new(NULL);
    w->ended = mailbox_new(drop);
    w->watch = loop_watch_mailbox(l, w->ended, come_back, NULL, w);
    w->thread = g_thread_new(name, run, w);
    return w;
}

void worker_give(struct worker *w, void *arg)
{
    mailbox_post(w->given, arg);
}

void worker_free(struct worker *w)
{
    if (!w)
        return;
    g_atomic_int_set(&w->stopping, 1);
    mailbox_post(w->given, w);
    g_thread_join(w->thread);
    loop_unwatch(w->watch);
    mailbox_free(w->ended);
    mailbox_free(w->given);
    g_free(w);
}

#include "io/smtp_finisher.h"

#include "base/mailbox.h"
#include "io/smtp_pool.h"

#define THREADS_MAX 4

struct worker {
    struct smtp_finisher *finisher;
    struct mailbox *jobs; /* of struct smtp_job; one without a message: end */
    GThread *thread;
};

struct smtp_finisher {
    struct smtp_pool *to;
    struct worker workers[THREADS_MAX];
    guint n, next; /* n 0: none has begun */
    gint stopping; /* atomic */
};

static void finish(struct smtp_finisher *f, struct smtp_job *j)
{
    GPtrArray *one = g_ptr_array_new_with_free_func(smtp_job_free);
    if (g_atomic_int_get(&f->stopping)) {
        smtp_job_stop(j);
    } else {
        GBytes *whole = j->finish.make(j->message, j->finish.ctx);
        g_bytes_unref(j->message);
        j->message = whole;
    }
    g_ptr_array_add(one, j);
    smtp_pool_send(f->to, one);
}

static gpointer run(gpointer data)
{
    struct worker *w = data;
    struct smtp_job *j;
    while ((j = mailbox_take(w->jobs))->message)
        finish(w->finisher, j);
    smtp_job_free(j);
    return NULL;
}

struct smtp_finisher *smtp_finisher_new(struct smtp_pool *to)
{
    struct smtp_finisher *f = g_new0(struct smtp_finisher, 1);
    f->to = to;
    return f;
}

static void start(struct smtp_finisher *f)
{
    f->n = CLAMP(g_get_num_processors(), 1, THREADS_MAX);
    for (guint i = 0; i < f->n; i++) {
        struct worker *w = &f->workers[i];
        w->finisher = f;
        w->jobs = mailbox_new(smtp_job_free);
        w->thread = g_thread_new("smtp-finish", run, w);
    }
}

void smtp_finisher_send(struct smtp_finisher *f, struct smtp_job *j)
{
    if (f->n == 0)
        start(f);
    mailbox_post(f->workers[f->next++ % f->n].jobs, j);
}

void smtp_finisher_free(struct smtp_finisher *f)
{
    if (!f)
        return;
    g_atomic_int_set(&f->stopping, 1);
    for (guint i = 0; i < f->n; i++)
        mailbox_post(f->workers[i].jobs, g_new0(struct smtp_job, 1));
    for (guint i = 0; i < f->n; i++) {
        g_thread_join(f->workers[i].thread);
        mailbox_free(f->workers[i].jobs);
    }
    g_free(f);
}

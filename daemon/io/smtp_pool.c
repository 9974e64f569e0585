#include "io/smtp_pool.h"

#include "base/mailbox.h"
#include "io/loop.h"
#include "io/smtp_conn.h"
#include <event2/event.h>

#define PAUSE_MIN_US (250 * 1000)
#define PAUSE_MAX_US (2 * G_USEC_PER_SEC)

/* What is asked of the thread. */
struct order {
    GPtrArray *jobs;          /* NULL: none */
    struct smtp_relay *relay; /* new settings; NULL: none */
    int connections;
    gboolean stop;
};

struct place { /* of a connection */
    struct smtp_pool *pool;
    struct smtp_conn *conn;  /* NULL: none */
    gint64 failed_at, pause; /* microseconds, monotonic; pause 0: the relay was up */
    gboolean idle;           /* it is among the idle ones */
};

struct smtp_pool {
    struct mailbox *orders;  /* of struct order */
    struct mailbox *results; /* borrowed */
    GThread *thread;
    struct loop *loop;
    /* Of the thread. */
    struct loop_watch *watch;
    struct resolver *names;
    struct event *batch;      /* at the end of a turn of the loop */
    struct loop_timer *later; /* a pause is over */
    struct smtp_relay *relay; /* of new settings, one reference; NULL: none yet */
    GQueue jobs;              /* of struct smtp_job, waiting */
    GPtrArray *done;          /* of struct smtp_job, not posted yet */
    GPtrArray *places;
    GQueue idle;        /* of struct place, the last used first */
    guint wanted, open; /* connections */
    gint64 up_at;       /* when a session last began after a failure */
    gboolean down;
    gboolean stopping;
};

static void order_free(gpointer order)
{
    struct order *o = order;
    if (o->jobs)
        g_ptr_array_unref(o->jobs);
    smtp_relay_unref(o->relay);
    g_free(o);
}

static void end_job(struct smtp_pool *p, struct smtp_job *j)
{
    g_ptr_array_add(p->done, j);
    event_active(p->batch, EV_TIMEOUT, 0);
}

/* --- what connections ask and tell --- */

static struct smtp_job *job_for(struct smtp_pool *p, const struct smtp_relay *r)
{
    struct smtp_job *j = g_queue_peek_head(&p->jobs);
    gboolean fits = j && j->relay == r && p->open <= p->wanted && !p->stopping;
    return fits ? g_queue_pop_head(&p->jobs) : NULL;
}

static void fill_mail(struct smtp_mail *m, struct smtp_job *j)
{
    *m = (struct smtp_mail){ j->from, j->to, j->message, j };
}

static void rest(struct place *at)
{
    if (!at->idle && smtp_conn_is_idle(at->conn)) {
        at->idle = TRUE;
        g_queue_push_head(&at->pool->idle, at);
        event_active(at->pool->batch, EV_TIMEOUT, 0);
    }
}

static void unrest(struct place *at)
{
    if (at->idle)
        g_queue_remove(&at->pool->idle, at);
    at->idle = FALSE;
}

static gboolean on_next(struct smtp_conn *c, struct smtp_mail *m, void *ctx)
{
    struct place *at = ctx;
    struct smtp_job *j = job_for(at->pool, smtp_conn_relay(c));
    if (!j) {
        rest(at);
        return FALSE;
    }
    unrest(at);
    fill_mail(m, j);
    return TRUE;
}

static void on_result(const struct smtp_result *r, void *ctx)
{
    struct smtp_pool *p = ((struct place *)ctx)->pool;
    struct smtp_job *j = r->job;
    j->outcome = r->outcome;
    if (j->outcome)
        end_job(p, j);
    else
        g_queue_push_head(&p->jobs, j);
}

static void on_up(void *ctx)
{
    struct place *at = ctx;
    struct smtp_pool *p = at->pool;
    at->pause = 0;
    if (p->down) {
        p->up_at = g_get_monotonic_time();
        p->down = FALSE;
        event_active(p->batch, EV_TIMEOUT, 0);
    }
}

/* A place pauses for longer and longer, until it or another one finds the relay up. */
static gint64 paused_until(const struct place *at)
{
    return at->pause && at->pool->up_at < at->failed_at ? at->failed_at + at->pause : 0;
}

static void on_closed(struct smtp_conn *c, gboolean up, void *ctx)
{
    struct place *at = ctx;
    struct smtp_pool *p = at->pool;
    unrest(at);
    if (!up) {
        gint64 before = paused_until(at) ? at->pause : 0;
        at->failed_at = g_get_monotonic_time();
        at->pause = CLAMP(before * 2, PAUSE_MIN_US, PAUSE_MAX_US);
        p->down = TRUE;
    }
    smtp_conn_free(c);
    at->conn = NULL;
    p->open--;
    event_active(p->batch, EV_TIMEOUT, 0);
}

static const struct smtp_conn_owner owner = { on_next, on_result, on_up, on_closed };

/* --- who gets what waits --- */

static void open_for(struct place *at, struct smtp_job *j)
{
    struct smtp_pool *p = at->pool;
    struct smtp_mail first;
    at->conn = smtp_conn_new(p->loop, p->names, j->relay, &owner, at);
    p->open++;
    fill_mail(&first, j);
    smtp_conn_begin(at->conn, &first);
}

/* A place without a connection, that may have one now; else when one may: *next_us. */
static struct place *free_place(struct smtp_pool *p, gint64 *next_us)
{
    gint64 now = g_get_monotonic_time();
    for (guint i = 0; p->open < p->wanted && i < p->wanted; i++) {
        struct place *at = g_ptr_array_index(p->places, i);
        gint64 paused = at->conn ? 0 : paused_until(at);
        if (!at->conn && paused <= now)
            return at;
        if (!at->conn)
            *next_us = MIN(*next_us, paused);
    }
    return NULL;
}

/* An idle one that is too many, of older settings, or in the place of one for the first that waits.
 */
static gboolean is_surplus(struct smtp_pool *p, const struct place *at)
{
    const struct smtp_job *j = g_queue_peek_head(&p->jobs);
    const struct smtp_relay *r = smtp_conn_relay(at->conn);
    gboolean in_its_place = j && j->relay != r && p->open >= p->wanted;
    gboolean old = r != p->relay && !(j && j->relay == r);
    return p->stopping || p->open > p->wanted || old || in_its_place;
}

static void hang_up_surplus(struct smtp_pool *p)
{
    for (GList *i = p->idle.head, *next; i; i = next) {
        struct place *at = i->data;
        next = i->next;
        if (is_surplus(p, at))
            smtp_conn_hang_up(at->conn);
    }
}

static void wake_at(struct smtp_pool *p, gint64 us)
{
    if (us < G_MAXINT64)
        loop_timer_arm(p->later, (us - g_get_monotonic_time() + 999) / 1000);
}

static struct smtp_conn *idle_for(const struct smtp_pool *p, const struct smtp_job *j)
{
    GList *i = p->idle.head;
    while (i && smtp_conn_relay(((struct place *)i->data)->conn) != j->relay)
        i = i->next;
    return i ? ((struct place *)i->data)->conn : NULL;
}

/* The first that waits.  FALSE: not now; whatever changes that brings us here again. */
static gboolean feed_one(struct smtp_pool *p, gint64 *next_us)
{
    struct smtp_job *j = g_queue_peek_head(&p->jobs);
    if (!j || p->stopping || p->open > p->wanted)
        return FALSE;
    struct smtp_conn *idle = idle_for(p, j);
    struct place *at = idle ? NULL : free_place(p, next_us);
    if (idle)
        smtp_conn_offer(idle);
    else if (at)
        open_for(at, g_queue_pop_head(&p->jobs));
    return g_queue_peek_head(&p->jobs) != j;
}

static void feed(struct smtp_pool *p)
{
    gint64 next_us = G_MAXINT64;
    while (feed_one(p, &next_us)) {
    }
    hang_up_surplus(p); /* which brings us here again, if there were any */
    wake_at(p, next_us);
}

/* --- orders --- */

static void set_places(struct smtp_pool *p, guint wanted)
{
    while (p->places->len < wanted) {
        struct place *at = g_new0(struct place, 1);
        at->pool = p;
        g_ptr_array_add(p->places, at);
    }
    p->wanted = wanted;
}

/* The idle ones say QUIT, like whatever is not needed. */
static void stop(struct smtp_pool *p)
{
    p->stopping = TRUE;
    for (guint i = 0; i < p->places->len; i++) {
        struct place *at = g_ptr_array_index(p->places, i);
        if (at->conn && !smtp_conn_is_idle(at->conn))
            smtp_conn_cut(at->conn, "the daemon stops");
    }
}

/* What was on the wire has ended. */
static void stop_waiting(struct smtp_pool *p)
{
    struct smtp_job *j;
    while ((j = g_queue_pop_head(&p->jobs))) {
        smtp_job_stop(j);
        g_ptr_array_add(p->done, j);
    }
}

static void take_jobs(struct smtp_pool *p, GPtrArray *jobs)
{
    for (guint i = 0; i < jobs->len; i++) {
        struct smtp_job *j = g_ptr_array_index(jobs, i);
        if (j->outcome)
            end_job(p, j);
        else
            g_queue_push_tail(&p->jobs, j);
        jobs->pdata[i] = NULL;
    }
}

static void on_order(void *message, void *ctx)
{
    struct order *o = message;
    struct smtp_pool *p = ctx;
    if (o->jobs)
        take_jobs(p, o->jobs);
    if (o->relay) {
        smtp_relay_unref(p->relay);
        p->relay = g_steal_pointer(&o->relay);
        p->up_at = g_get_monotonic_time(); /* perhaps another relay: try at once */
        set_places(p, (guint)o->connections);
    }
    if (o->stop)
        stop(p);
    order_free(o);
}

static void on_orders(void *ctx)
{
    struct smtp_pool *p = ctx;
    event_active(p->batch, EV_TIMEOUT, 0);
}

/* At the end of a turn of the loop: what has gathered is given out together. */
static void on_batch(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd, (void)what;
    struct smtp_pool *p = ctx;
    gboolean over = p->stopping && p->open == 0;
    feed(p);
    if (over)
        stop_waiting(p);
    if (p->done->len > 0) {
        mailbox_post(p->results, p->done);
        p->done = g_ptr_array_new_with_free_func(smtp_job_free);
    }
    if (over)
        loop_stop(p->loop);
}

static void on_later(void *ctx)
{
    struct smtp_pool *p = ctx;
    event_active(p->batch, EV_TIMEOUT, 0);
}

static gpointer run(gpointer data)
{
    loop_run(((struct smtp_pool *)data)->loop);
    return NULL;
}

/* --- any thread --- */

static void post(struct smtp_pool *p, struct order o)
{
    mailbox_post(p->orders, g_memdup2(&o, sizeof o));
}

struct smtp_pool *smtp_pool_new(struct mailbox *results, GError **error)
{
    struct loop *l = loop_new(error);
    if (!l)
        return NULL;
    struct smtp_pool *p = g_new0(struct smtp_pool, 1);
    p->loop = l;
    p->orders = mailbox_new(order_free);
    p->results = results;
    p->watch = loop_watch_mailbox(l, p->orders, on_order, on_orders, p);
    p->names = resolver_new(l);
    p->batch = event_new(loop_base(l), -1, 0, on_batch, p);
    p->later = loop_timer_new(l, on_later, p);
    g_queue_init(&p->jobs);
    g_queue_init(&p->idle);
    p->done = g_ptr_array_new_with_free_func(smtp_job_free);
    p->places = g_ptr_array_new_with_free_func(g_free);
    p->thread = g_thread_new("smtp", run, p);
    return p;
}

void smtp_pool_send(struct smtp_pool *p, GPtrArray *jobs)
{
    post(p, (struct order){ .jobs = jobs });
}

void smtp_pool_configure(struct smtp_pool *p, struct smtp_relay *r, int connections)
{
    post(p, (struct order){ .relay = smtp_relay_ref(r), .connections = connections });
}

void smtp_pool_free(struct smtp_pool *p)
{
    if (!p)
        return;
    post(p, (struct order){ .stop = TRUE });
    g_thread_join(p->thread);
    loop_timer_free(p->later);
    event_free(p->batch);
    resolver_free(p->names);
    loop_unwatch(p->watch);
    loop_free(p->loop);
    mailbox_free(p->orders);
    smtp_relay_unref(p->relay);
    g_ptr_array_unref(p->done);
    g_ptr_array_unref(p->places);
    g_free(p);
}

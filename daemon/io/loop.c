#include "io/loop.h"

#include <event2/event.h>
#include <signal.h>

#include "base/mailbox.h"

/* Messages of one mailbox handled before others get their turn. */
#define BATCH 256

struct loop {
    struct event_base *base;
    struct mailbox *posts;    /* of struct post */
    struct loop_watch *watch; /* on posts */
    GHashTable *watches;      /* struct loop_watch *, owned */
};

struct post {
    loop_fn fn; /* NULL: stop */
    void *ctx;
};

struct loop_timer {
    struct event *event;
    loop_fn fn;
    void *ctx;
};

struct loop_watch {
    struct loop *loop;
    struct event *event;
    struct mailbox *mailbox; /* borrowed; NULL: a signal */
    void (*on_message)(void *message, void *ctx);
    loop_fn fn; /* after a batch, or at a signal */
    void *ctx;
};

static void watch_free(gpointer data)
{
    struct loop_watch *w = data;
    event_free(w->event);
    g_free(w);
}

static void on_post(void *message, void *ctx)
{
    struct loop *l = ctx;
    g_autofree struct post *p = message;
    if (p->fn) {
        p->fn(p->ctx);
    } else {
        event_base_loopbreak(l->base);
    }
}

struct loop *loop_new(GError **error)
{
    signal(SIGPIPE, SIG_IGN);
    struct event_base *base = event_base_new();
    if (!base) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "event loop: %s",
                    g_strerror(errno));
        return NULL;
    }
    struct loop *l = g_new0(struct loop, 1);
    l->base = base;
    l->posts = mailbox_new(g_free);
    l->watches = g_hash_table_new_full(NULL, NULL, watch_free, NULL);
    l->watch = loop_watch_mailbox(l, l->posts, on_post, NULL, l);
    return l;
}

void loop_free(struct loop *l)
{
    if (!l) {
        return;
    }
    g_hash_table_destroy(l->watches);
    event_base_free(l->base);
    mailbox_free(l->posts);
    g_free(l);
}

void loop_run(struct loop *l)
{
    event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY);
}

void loop_post(struct loop *l, loop_fn fn, void *ctx)
{
    struct post *p = g_new(struct post, 1);
    *p = (struct post){ fn, ctx };
    mailbox_post(l->posts, p);
}

void loop_stop(struct loop *l)
{
    loop_post(l, NULL, NULL);
}

struct event_base *loop_base(struct loop *l)
{
    return l->base;
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    struct loop_timer *t = ctx;
    t->fn(t->ctx); /* may free t */
}

struct loop_timer *loop_timer_new(struct loop *l, loop_fn fn, void *ctx)
{
    struct loop_timer *t = g_new0(struct loop_timer, 1);
    t->fn = fn;
    t->ctx = ctx;
    t->event = evtimer_new(l->base, on_timer, t);
    g_assert(t->event);
    return t;
}

void loop_timer_arm(struct loop_timer *t, int64_t after_ms)
{
    after_ms = MAX(after_ms, 0);
    struct timeval tv = { .tv_sec = after_ms / 1000, .tv_usec = after_ms % 1000 * 1000 };
    evtimer_add(t->event, &tv);
}

void loop_timer_disarm(struct loop_timer *t)
{
    evtimer_del(t->event);
}

void loop_timer_free(struct loop_timer *t)
{
    if (t) {
        event_free(t->event);
        g_free(t);
    }
}

/* Stops after a batch: what is left keeps the descriptor readable, so the loop comes back. */
static void on_mailbox(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    struct loop_watch *w = ctx;
    for (int i = 0; i < BATCH; i++) {
        void *message = mailbox_try_take(w->mailbox);
        if (!message) {
            break;
        }
        w->on_message(message, w->ctx);
        if (event_base_got_break(w->loop->base)) {
            break;
        }
    }
    if (w->fn) {
        w->fn(w->ctx);
    }
}

static void on_signal(evutil_socket_t signo, short what, void *ctx)
{
    (void)signo;
    (void)what;
    struct loop_watch *w = ctx;
    w->fn(w->ctx);
}

static struct loop_watch *watch_start(struct loop_watch *w)
{
    if (!w->event || event_add(w->event, NULL) != 0)
        g_error("watch a descriptor: no memory");
    g_hash_table_add(w->loop->watches, w);
    return w;
}

struct loop_watch *loop_watch_mailbox(struct loop *l, struct mailbox *m,
                                      void (*on_message)(void *message, void *ctx),
                                      loop_fn on_batch, void *ctx)
{
    struct loop_watch *w = g_new0(struct loop_watch, 1);
    *w = (struct loop_watch){ l, NULL, m, on_message, on_batch, ctx };
    w->event = event_new(l->base, mailbox_fd(m), EV_READ | EV_PERSIST, on_mailbox, w);
    return watch_start(w);
}

struct loop_watch *loop_watch_signal(struct loop *l, int signo, loop_fn fn, void *ctx)
{
    struct loop_watch *w = g_new0(struct loop_watch, 1);
    *w = (struct loop_watch){ l, NULL, NULL, NULL, fn, ctx };
    w->event = evsignal_new(l->base, signo, on_signal, w);
    return watch_start(w);
}

void loop_unwatch(struct loop_watch *w)
{
    if (w) {
        g_hash_table_remove(w->loop->watches, w);
    }
}

#include "io/http_sockets.h"

#include "io/loop.h"
#include <event2/event.h>
#include <stdbool.h>
#include <unistd.h>

struct watched {
    struct http_sockets *sockets;
    int fd;
    bool opened;         /* it is told of from its opening to its closing */
    struct event *event; /* NULL: not registered */
    short registered, wanted;
};

struct http_sockets {
    struct loop *loop;
    http_ready_fn ready;
    void *ctx;
    GHashTable *all; /* fd -> struct watched * */
};

static void let_go(struct watched *w)
{
    g_clear_pointer(&w->event, event_free);
    w->registered = 0;
}

static void watched_free(gpointer data)
{
    let_go(data);
    g_free(data);
}

static void on_event(evutil_socket_t fd, short what, void *ctx)
{
    struct watched *w = ctx;
    if (w->wanted)
        w->sockets->ready(fd, what, w->sockets->ctx);
    else
        let_go(w);
}

static void register_for(struct watched *w, short events)
{
    let_go(w);
    w->event =
        event_new(loop_base(w->sockets->loop), w->fd, (short)(events | EV_PERSIST), on_event, w);
    if (!w->event || event_add(w->event, NULL) != 0)
        g_error("watch a socket of libcurl's: no memory");
    w->registered = events;
}

static struct watched *add(struct http_sockets *s, int fd)
{
    struct watched *w = g_new0(struct watched, 1);
    w->sockets = s;
    w->fd = fd;
    g_hash_table_insert(s->all, GINT_TO_POINTER(fd), w);
    return w;
}

struct http_sockets *http_sockets_new(struct loop *l, http_ready_fn ready, void *ctx)
{
    struct http_sockets *s = g_new0(struct http_sockets, 1);
    s->loop = l;
    s->ready = ready;
    s->ctx = ctx;
    s->all = g_hash_table_new_full(NULL, NULL, NULL, watched_free);
    return s;
}

void http_sockets_opened(struct http_sockets *s, int fd)
{
    add(s, fd)->opened = true;
}

void http_sockets_watch(struct http_sockets *s, int fd, short events)
{
    struct watched *w = g_hash_table_lookup(s->all, GINT_TO_POINTER(fd));
    if (!w && events)
        w = add(s, fd);
    if (!w)
        return;
    w->wanted = events;
    if (!events && !w->opened)
        g_hash_table_remove(s->all, GINT_TO_POINTER(fd));
    else if (events && events != w->registered)
        register_for(w, events);
}

int http_sockets_close(struct http_sockets *s, int fd)
{
    g_hash_table_remove(s->all, GINT_TO_POINTER(fd));
    return close(fd);
}

void http_sockets_free(struct http_sockets *s)
{
    guint left = g_hash_table_size(s->all);
    if (left > 0)
        g_critical("%u sockets of libcurl's were closed unseen", left);
    g_hash_table_unref(s->all);
    g_free(s);
}

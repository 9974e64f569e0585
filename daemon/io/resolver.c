#include "io/resolver.h"

#include "base/mailbox.h"
#include <netdb.h>
#include <pthread.h>
#include <string.h>

#define KEEP_US (300 * G_USEC_PER_SEC)

struct name {
    struct resolver *resolver;
    char *host;
    int port;
    struct addresses *found; /* NULL: none yet */
    gint64 good_until_us;
    struct lookup *lookup; /* under way, one reference; NULL: none */
    GArray *waiting;       /* of struct waiter */
};

struct waiter {
    resolved_fn fn; /* NULL: stopped waiting */
    void *ctx;
};

struct resolver {
    GHashTable *names;       /* "host port" -> struct name, owned */
    struct mailbox *answers; /* of struct lookup, one reference each */
    struct loop_watch *watch;
};

/* Shared with its thread, which may outlive the resolver. */
struct lookup {
    gint refs;
    char *host;
    int port;
    struct addresses *found;
    int error; /* of getaddrinfo */
    pthread_mutex_t lock;
    struct name *name; /* guarded by the lock; NULL: nobody asks any more */
};

void addresses_unref(struct addresses *a)
{
    if (a && g_atomic_int_dec_and_test(&a->refs))
        g_free(a);
}

static struct addresses *addresses_ref(struct addresses *a)
{
    g_atomic_int_inc(&a->refs);
    return a;
}

static struct addresses *look_up(const char *host, int port, int flags, int *error)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV };
    struct addrinfo *list = NULL;
    char service[16];
    guint n = 0;
    g_snprintf(service, sizeof service, "%d", port);
    *error = getaddrinfo(host, service, &hints, &list);
    if (*error != 0)
        return NULL;
    for (struct addrinfo *i = list; i; i = i->ai_next)
        n++;
    struct addresses *a = g_malloc0(sizeof *a + n * sizeof a->a[0]);
    a->refs = 1;
    for (struct addrinfo *i = list; i; i = i->ai_next, a->n++) {
        memcpy(&a->a[a->n].address, i->ai_addr, i->ai_addrlen);
        a->a[a->n].len = i->ai_addrlen;
    }
    freeaddrinfo(list);
    return a;
}

static void lookup_unref(gpointer lookup)
{
    struct lookup *l = lookup;
    if (!g_atomic_int_dec_and_test(&l->refs))
        return;
    addresses_unref(l->found);
    pthread_mutex_destroy(&l->lock);
    g_free(l->host);
    g_free(l);
}

static void lookup_drop(struct lookup *l)
{
    pthread_mutex_lock(&l->lock);
    l->name = NULL;
    pthread_mutex_unlock(&l->lock);
    lookup_unref(l);
}

static void answer(struct name *n)
{
    g_autoptr(GArray) waiting = g_steal_pointer(&n->waiting);
    n->waiting = g_array_new(FALSE, FALSE, sizeof(struct waiter));
    for (guint i = 0; i < waiting->len; i++) {
        struct waiter *w = &g_array_index(waiting, struct waiter, i);
        if (w->fn)
            w->fn(n->found ? addresses_ref(n->found) : NULL, w->ctx);
    }
}

static void take_answer(void *message, void *ctx)
{
    (void)ctx;
    struct lookup *l = message;
    struct name *n = l->name; /* only this thread clears it */
    if (n) {
        gboolean no_server =
            l->error == EAI_AGAIN || l->error == EAI_FAIL || l->error == EAI_SYSTEM;
        if (l->found || !no_server) {
            addresses_unref(n->found);
            n->found = g_steal_pointer(&l->found);
        }
        n->good_until_us = n->found ? g_get_monotonic_time() + KEEP_US : 0;
        lookup_drop(g_steal_pointer(&n->lookup));
        answer(n);
    }
    lookup_unref(l);
}

static gpointer run(gpointer data)
{
    struct lookup *l = data;
    l->found = look_up(l->host, l->port, 0, &l->error);
    pthread_mutex_lock(&l->lock);
    gboolean wanted = l->name != NULL;
    if (wanted)
        mailbox_post(l->name->resolver->answers, l);
    pthread_mutex_unlock(&l->lock);
    if (!wanted)
        lookup_unref(l);
    return NULL;
}

static void start(struct name *n)
{
    struct lookup *l = g_new0(struct lookup, 1);
    l->refs = 2;
    l->host = g_strdup(n->host);
    l->port = n->port;
    l->name = n;
    pthread_mutex_init(&l->lock, NULL);
    n->lookup = l;
    g_thread_unref(g_thread_new("resolver", run, l));
}

static void name_free(gpointer data)
{
    struct name *n = data;
    if (n->lookup)
        lookup_drop(n->lookup);
    addresses_unref(n->found);
    g_array_unref(n->waiting);
    g_free(n->host);
    g_free(n);
}

struct resolver *resolver_new(struct loop *l)
{
    struct resolver *r = g_new0(struct resolver, 1);
    r->answers = mailbox_new(lookup_unref);
    r->watch = loop_watch_mailbox(l, r->answers, take_answer, NULL, NULL);
    r->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, name_free);
    return r;
}

void resolver_free(struct resolver *r)
{
    if (!r)
        return;
    loop_unwatch(r->watch);
    g_hash_table_unref(r->names); /* no look-up answers any more */
    mailbox_free(r->answers);
    g_free(r);
}

static struct name *get(struct resolver *r, const char *host, int port)
{
    g_autofree char *key = g_strdup_printf("%s %d", host, port);
    struct name *n = g_hash_table_lookup(r->names, key);
    if (!n) {
        n = g_new0(struct name, 1);
        n->resolver = r;
        n->host = g_strdup(host);
        n->port = port;
        n->waiting = g_array_new(FALSE, FALSE, sizeof(struct waiter));
        g_hash_table_insert(r->names, g_steal_pointer(&key), n);
    }
    return n;
}

struct addresses *resolver_ask(struct resolver *r, const char *host, int port, resolved_fn fn,
                               void *ctx)
{
    int error;
    struct addresses *written_out = look_up(host, port, AI_NUMERICHOST, &error);
    if (written_out)
        return written_out;
    struct name *n = get(r, host, port);
    if (n->found && g_get_monotonic_time() < n->good_until_us)
        return addresses_ref(n->found);
    struct waiter w = { fn, ctx };
    g_array_append_val(n->waiting, w);
    if (!n->lookup)
        start(n);
    return NULL;
}

void resolver_stop_waiting(struct resolver *r, void *ctx)
{
    GHashTableIter at;
    gpointer name;
    g_hash_table_iter_init(&at, r->names);
    while (g_hash_table_iter_next(&at, NULL, &name)) {
        GArray *waiting = ((struct name *)name)->waiting;
        for (guint i = 0; i < waiting->len; i++) {
            struct waiter *w = &g_array_index(waiting, struct waiter, i);
            if (w->ctx == ctx)
                w->fn = NULL;
        }
    }
}

void resolver_forget(struct resolver *r, const char *host, int port)
{
    g_autofree char *key = g_strdup_printf("%s %d", host, port);
    struct name *n = g_hash_table_lookup(r->names, key);
    if (n)
        n->good_until_us = 0;
}

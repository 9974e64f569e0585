#include "channel/webhook.h"

#include "io/http_client.h"
#include <pthread.h>

struct style { /* how messages are made: replaced as a whole, while one may just be made by it */
    gint refs; /* atomic */
    char *source;
    struct webhook_keys keys;
    struct notice_forms *forms[CHANNEL_ROOMS]; /* of ROOM_NONE: NULL */
};

struct webhook_channel {
    struct channel channel;
    struct http_client *client; /* borrowed */
    pthread_mutex_t lock;
    struct style *style; /* one reference; under the lock */
};

static struct style *style_new(const struct config *c, struct webhook_keys *keys)
{
    struct style *s = g_new0(struct style, 1);
    s->refs = 1;
    s->source = g_strconcat("urn:liaisond:", c->node, NULL);
    s->keys.masters = g_steal_pointer(&keys->masters);
    s->forms[ROOM_SHORT] = webhook_message_forms();
    s->forms[ROOM_LISTS] = webhook_message_forms();
    return s;
}

static void style_unref(struct style *s)
{
    if (!g_atomic_int_dec_and_test(&s->refs))
        return;
    g_free(s->source);
    webhook_keys_clear(&s->keys);
    for (int r = ROOM_NONE; r < CHANNEL_ROOMS; r++)
        notice_forms_free(s->forms[r]);
    g_free(s);
}

static struct style *style_of(struct webhook_channel *c)
{
    pthread_mutex_lock(&c->lock);
    struct style *s = c->style;
    g_atomic_int_inc(&s->refs);
    pthread_mutex_unlock(&c->lock);
    return s;
}

static void *webhook_make(struct channel *ch, const struct notice *n, enum channel_room room,
                          GError **error)
{
    struct style *s = style_of((struct webhook_channel *)ch);
    (void)error; /* every notice can be made */
    struct webhook_message *m = webhook_message_render(n, s->source, &s->keys, s->forms[room]);
    struct http_request *r = http_request_new(n->notification->endpoint, g_steal_pointer(&m->body),
                                              m->body_len, g_steal_pointer(&m->headers));
    webhook_message_free(m);
    style_unref(s);
    return r;
}

static void webhook_send(struct channel *ch, const struct notice *n, void *made,
                         channel_done_fn done, void *ctx)
{
    (void)n;
    http_client_post(((struct webhook_channel *)ch)->client, made, done, ctx);
}

static void webhook_drop(void *made)
{
    http_request_free(made);
}

static void webhook_free(struct channel *ch)
{
    struct webhook_channel *c = (struct webhook_channel *)ch;
    style_unref(c->style);
    pthread_mutex_destroy(&c->lock);
    g_free(c);
}

static const struct channel_ops webhook_ops = { .name = "webhook",
                                                .make = webhook_make,
                                                .send = webhook_send,
                                                .drop = webhook_drop,
                                                .free = webhook_free };

struct channel *webhook_channel_new(struct http_client *client, struct config *c,
                                    struct webhook_keys *keys)
{
    struct webhook_channel *w = g_new0(struct webhook_channel, 1);
    w->channel.ops = &webhook_ops;
    w->client = client;
    pthread_mutex_init(&w->lock, NULL);
    w->style = style_new(c, keys);
    return &w->channel;
}

void webhook_channel_configure(struct channel *ch, struct config *c, struct webhook_keys *keys)
{
    struct webhook_channel *w = (struct webhook_channel *)ch;
    struct style *fresh = style_new(c, keys), *old;
    pthread_mutex_lock(&w->lock);
    old = w->style;
    w->style = fresh;
    pthread_mutex_unlock(&w->lock);
    style_unref(old);
}

#include "channel/webhook.h"

#include "base/current.h"
#include "io/http_client.h"

struct style { /* how messages are made */
    struct current_value head;
    char *source;
    struct webhook_keys keys;
    struct notice_forms *forms[CHANNEL_ROOMS]; /* of ROOM_NONE: NULL */
};

struct webhook_channel {
    struct channel channel;
    struct http_client *client; /* borrowed */
    struct current style;
};

static void style_free(gpointer style)
{
    struct style *s = style;
    g_free(s->source);
    webhook_keys_clear(&s->keys);
    for (int r = ROOM_NONE; r < CHANNEL_ROOMS; r++)
        notice_forms_free(s->forms[r]);
    g_free(s);
}

static struct style *style_new(const struct config *c, struct webhook_keys *keys)
{
    struct style *s = g_new0(struct style, 1);
    s->head = (struct current_value){ 1, style_free };
    s->source = g_strconcat("urn:liaisond:", c->node, NULL);
    s->keys.masters = g_steal_pointer(&keys->masters);
    s->forms[ROOM_SHORT] = webhook_message_forms();
    s->forms[ROOM_LISTS] = webhook_message_forms();
    return s;
}

static void *webhook_make(struct channel *ch, const struct notice *n, enum channel_room room,
                          GError **error)
{
    struct style *s = current_hold(&((struct webhook_channel *)ch)->style);
    (void)error; /* every notice can be made */
    struct webhook_message *m = webhook_message_render(n, s->source, &s->keys, s->forms[room]);
    struct http_request *r = http_request_new(n->notification->endpoint, g_steal_pointer(&m->body),
                                              m->body_len, g_steal_pointer(&m->headers));
    webhook_message_free(m);
    current_release(s);
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
    current_clear(&c->style);
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
    current_init(&w->style, style_new(c, keys));
    return &w->channel;
}

void webhook_channel_configure(struct channel *ch, struct config *c, struct webhook_keys *keys)
{
    current_replace(&((struct webhook_channel *)ch)->style, style_new(c, keys));
}

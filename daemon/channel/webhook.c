#include "channel/webhook.h"

#include "io/http_client.h"

struct webhook_channel {
    struct channel channel;
    struct http_client *client; /* borrowed */
    struct config *config;
    struct webhook_keys keys;
    struct notice_forms *forms;
};

static void webhook_send(struct channel *ch, const struct notice *n, channel_done_fn done,
                         void *ctx)
{
    struct webhook_channel *c = (struct webhook_channel *)ch;
    g_autofree char *source = g_strconcat("urn:liaisond:", c->config->node, NULL);
    struct webhook_message *m = webhook_message_render(n, source, &c->keys, c->forms);
    http_client_post(c->client, n->notification->endpoint, m->body, m->body_len, m->headers, done,
                     ctx);
    webhook_message_free(m);
}

static void webhook_free(struct channel *ch)
{
    struct webhook_channel *c = (struct webhook_channel *)ch;
    config_unref(c->config);
    webhook_keys_clear(&c->keys);
    notice_forms_free(c->forms);
    g_free(c);
}

static const struct channel_ops webhook_ops = { .name = "webhook",
                                                .send = webhook_send,
                                                .free = webhook_free };

struct channel *webhook_channel_new(struct http_client *client, struct config *c,
                                    struct webhook_keys *keys)
{
    struct webhook_channel *w = g_new0(struct webhook_channel, 1);
    w->channel.ops = &webhook_ops;
    w->client = client;
    w->config = config_ref(c);
    w->forms = webhook_message_forms();
    w->keys.masters = g_steal_pointer(&keys->masters);
    return &w->channel;
}

void webhook_channel_configure(struct channel *ch, struct config *c, struct webhook_keys *keys)
{
    struct webhook_channel *w = (struct webhook_channel *)ch;
    config_ref(c);
    config_unref(w->config);
    w->config = c;
    notice_forms_free(w->forms);
    w->forms = webhook_message_forms();
    webhook_keys_clear(&w->keys);
    w->keys.masters = g_steal_pointer(&keys->masters);
}

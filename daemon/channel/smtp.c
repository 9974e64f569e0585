#include "channel/smtp.h"

#include "base/log.h"
#include "io/smtp_client.h"
#include "wire/mail_message.h"
#include "wire/mail_sign.h"

struct smtp_channel {
    struct channel channel;
    struct smtp_client *client; /* borrowed */
    struct config *config;
    struct template_set *templates;
    struct mail_press *press;
    struct cms_signer *signer; /* NULL: mails are not signed */
};

static const char *mailbox_of(const struct notification *n)
{
    return n->endpoint + strlen("mailto:");
}

/* On the thread that sends it.  A warning without its signature is worth more than none. */
static GBytes *sign(GBytes *message, void *signer)
{
    const char *why;
    GBytes *signed_one = mail_sign(message, signer, &why);
    if (signed_one)
        return signed_one;
    log_event(LOG_LEVEL_ERROR, "mail.unsigned", LOG_STR("reason", why),
              LOG_STR("effect", "it is sent without its signature"));
    return g_bytes_ref(message);
}

static void drop_signer(gpointer signer)
{
    cms_signer_unref(signer);
}

static void smtp_send(struct channel *ch, const struct notice *n, channel_done_fn done, void *ctx)
{
    struct smtp_channel *c = (struct smtp_channel *)ch;
    struct mail_settings settings = {
        .from_address = c->config->mail.from_address,
        .from_name = c->config->mail.from_name,
        .exercise_address = c->config->mail.exercise_address,
        .domain = c->config->mail.domain,
        .attach_bytes = c->config->cap.attach_resources_bytes,
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) message = mail_message_render(n, c->templates, &settings, c->press, &error);
    if (!message) {
        done(outcome_new(OUTCOME_REFUSED, 0, error->message), ctx);
        return;
    }
    struct smtp_finish finish = { sign, cms_signer_ref(c->signer), drop_signer };
    smtp_client_send(c->client, mail_head_sender(&settings, n->broadcast->status),
                     mailbox_of(n->notification), message, c->signer ? &finish : NULL, done, ctx);
}

static void smtp_free(struct channel *ch)
{
    struct smtp_channel *c = (struct smtp_channel *)ch;
    config_unref(c->config);
    template_set_unref(c->templates);
    mail_press_free(c->press);
    cms_signer_unref(c->signer);
    g_free(c);
}

static const struct channel_ops smtp_ops = { .name = "smtp", .send = smtp_send, .free = smtp_free };

struct channel *smtp_channel_new(struct smtp_client *client, struct config *c,
                                 struct template_set *t, struct cms_signer *signer)
{
    struct smtp_channel *s = g_new0(struct smtp_channel, 1);
    s->channel.ops = &smtp_ops;
    s->client = client;
    s->config = config_ref(c);
    s->templates = template_set_ref(t);
    s->press = mail_press_new();
    s->signer = cms_signer_ref(signer);
    return &s->channel;
}

void smtp_channel_configure(struct channel *ch, struct config *c, struct template_set *t,
                            struct cms_signer *signer)
{
    struct smtp_channel *s = (struct smtp_channel *)ch;
    config_ref(c);
    config_unref(s->config);
    s->config = c;
    template_set_ref(t);
    template_set_unref(s->templates);
    s->templates = t;
    mail_press_free(s->press);
    s->press = mail_press_new();
    cms_signer_ref(signer);
    cms_signer_unref(s->signer);
    s->signer = signer;
}

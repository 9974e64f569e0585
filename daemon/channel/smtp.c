#include "channel/smtp.h"

#include "base/current.h"
#include "base/log.h"
#include "io/smtp_client.h"
#include "wire/mail_message.h"
#include "wire/mail_sign.h"

struct style { /* how mails are made */
    struct current_value head;
    struct config *config;
    struct template_set *templates;
    struct mail_settings settings;
    struct mail_press *presses[CHANNEL_ROOMS]; /* of ROOM_NONE: NULL */
};

struct smtp_channel {
    struct channel channel;
    struct smtp_client *client; /* borrowed */
    struct current style;
    struct cms_signer *signer; /* NULL: mails are not signed */
};

static void style_free(gpointer style)
{
    struct style *s = style;
    for (int r = ROOM_NONE; r < CHANNEL_ROOMS; r++)
        mail_press_free(s->presses[r]);
    config_unref(s->config);
    template_set_unref(s->templates);
    g_free(s);
}

static struct style *style_new(struct config *c, struct template_set *t)
{
    struct style *s = g_new0(struct style, 1);
    s->head = (struct current_value){ 1, style_free };
    s->config = config_ref(c);
    s->templates = template_set_ref(t);
    s->settings = (struct mail_settings){
        .from_address = c->mail.from_address,
        .from_name = c->mail.from_name,
        .exercise_address = c->mail.exercise_address,
        .domain = c->mail.domain,
        .attach_bytes = c->cap.attach_resources_bytes,
    };
    s->presses[ROOM_SHORT] = mail_press_new();
    s->presses[ROOM_LISTS] = mail_press_new();
    return s;
}

struct mail { /* made */
    GBytes *message;
    char *from;
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

static void smtp_drop(void *made)
{
    struct mail *m = made;
    g_clear_pointer(&m->message, g_bytes_unref);
    g_free(m->from);
    g_free(m);
}

static void *smtp_make(struct channel *ch, const struct notice *n, enum channel_room room,
                       GError **error)
{
    struct style *s = current_hold(&((struct smtp_channel *)ch)->style);
    struct mail *m = NULL;
    GBytes *message = mail_message_render(n, s->templates, &s->settings, s->presses[room], error);
    if (message) {
        m = g_new(struct mail, 1);
        *m = (struct mail){ message,
                            g_strdup(mail_head_sender(&s->settings, n->broadcast->status)) };
    }
    current_release(s);
    return m;
}

static void smtp_send(struct channel *ch, const struct notice *n, void *made, channel_done_fn done,
                      void *ctx)
{
    struct smtp_channel *c = (struct smtp_channel *)ch;
    struct mail *m = made;
    struct smtp_finish finish = { sign, cms_signer_ref(c->signer), drop_signer };
    smtp_client_send(c->client, m->from, mailbox_of(n->notification), g_steal_pointer(&m->message),
                     c->signer ? &finish : NULL, done, ctx);
    smtp_drop(m);
}

static void smtp_free(struct channel *ch)
{
    struct smtp_channel *c = (struct smtp_channel *)ch;
    current_clear(&c->style);
    cms_signer_unref(c->signer);
    g_free(c);
}

/* What mails have in common is kept, and the rest is ten short texts. */
static const struct channel_ops smtp_ops = { .name = "smtp",
                                             .quick = true,
                                             .make = smtp_make,
                                             .send = smtp_send,
                                             .drop = smtp_drop,
                                             .free = smtp_free };

struct channel *smtp_channel_new(struct smtp_client *client, struct config *c,
                                 struct template_set *t, struct cms_signer *signer)
{
    struct smtp_channel *s = g_new0(struct smtp_channel, 1);
    s->channel.ops = &smtp_ops;
    s->client = client;
    current_init(&s->style, style_new(c, t));
    s->signer = cms_signer_ref(signer);
    return &s->channel;
}

void smtp_channel_configure(struct channel *ch, struct config *c, struct template_set *t,
                            struct cms_signer *signer)
{
    struct smtp_channel *s = (struct smtp_channel *)ch;
    current_replace(&s->style, style_new(c, t));
    cms_signer_ref(signer);
    cms_signer_unref(s->signer);
    s->signer = signer;
}

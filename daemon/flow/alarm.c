#include "flow/alarm.h"

#include "base/id.h"
#include "base/log.h"
#include "base/text.h"
#include "flow/asking.h"
#include "model/duty.h"
#include "model/endpoint.h"
#include "model/record.h"
#include "wire/broadcast_json.h"

#define ALARM_LIFE_MS (INT64_C(24) * 3600 * 1000)

static struct broadcast *compose(const struct config *c, const struct alarm_message *m,
                                 int64_t now_ms)
{
    struct broadcast *b = broadcast_new();
    g_autofree char *id = id_new(now_ms);
    b->id = g_strdup(id);
    b->identifier = g_strconcat(m->name ? m->name : "alarm", "-", id, NULL);
    b->sender = g_strconcat("liaisond@", c->mail.domain, NULL);
    b->sent = (struct timestamp){ .ms = now_ms / 1000 * 1000, .offset_min = 0 };
    b->status = STATUS_SYSTEM;
    b->type = TYPE_ALERT;
    b->urgency = m->urgency;
    b->severity = m->urgency == URGENCY_IMMEDIATE ? SEVERITY_SEVERE : SEVERITY_UNKNOWN;
    b->certainty = CERTAINTY_OBSERVED;
    b->audience = audience_new();
    b->audience->everyone = true; /* in words only: the plan below names whom it goes to */
    for (guint i = 0; i < m->messages->len; i++)
        g_ptr_array_add(b->messages, g_ptr_array_index(m->messages, i));
    return b;
}

static void replace(char **at, char *text /* taken */)
{
    g_free(*at);
    *at = text;
}

static const char *language_of(const struct alarm_recipient *to)
{
    return to->language && *to->language ? to->language : "en";
}

static struct obligation *add_obligation(struct plan *p, const struct alarm_recipient *to,
                                         bool asks)
{
    struct obligation *o = obligation_new();
    o->ordinal = p->obligations->len + 1;
    o->kind = to->kind;
    o->rank = to->rank;
    replace(&o->recipient, g_strdup(to->recipient));
    replace(&o->name, g_strdup(to->name ? to->name : ""));
    replace(&o->language, g_strdup(language_of(to)));
    replace(&o->phone, g_strdup(to->phone ? to->phone : ""));
    replace(&o->detail, g_strdup(""));
    o->reason = OBLIGATION_AFFECTED;
    o->asks = asks;
    o->begun_ms = p->as_of_ms;
    for (guint i = 0; i < p->missions->len; i++) {
        const struct affected_mission *m = g_ptr_array_index(p->missions, i);
        if (!to->mission || g_str_equal(to->mission, m->id))
            g_ptr_array_add(o->missions, g_strdup(m->id));
    }
    g_ptr_array_add(p->obligations, o);
    return o;
}

/* Those of one mailbox share one message. */
static bool join(GHashTable *by_endpoint, const char *key, const struct obligation *o)
{
    struct notification *n = g_hash_table_lookup(by_endpoint, key);
    if (n)
        g_array_append_val(n->obligations, o->ordinal);
    return n != NULL;
}

static void add_way(struct plan *p, GHashTable *by_endpoint, enum channel_kind channel,
                    const char *address, const struct alarm_recipient *to,
                    const struct obligation *o, uint32_t priority)
{
    char *key = endpoint_key(channel, address);
    if (join(by_endpoint, key, o)) {
        g_free(key);
        return;
    }
    struct notification *n = notification_new();
    n->id = p->notifications->len + 1;
    n->channel = channel;
    replace(&n->endpoint, endpoint_uri(channel, address));
    replace(&n->lane, notification_lane(channel, n->endpoint));
    replace(&n->recipient, g_strdup(to->recipient));
    replace(&n->language, g_strdup(language_of(to)));
    n->deadline_ms = p->deadline_ms;
    n->priority = priority;
    g_array_append_val(n->obligations, o->ordinal);
    g_ptr_array_add(p->notifications, n);
    g_hash_table_insert(by_endpoint, key, n);
}

static void add(struct plan *p, GHashTable *by_endpoint, const struct alarm_recipient *to,
                bool asks, uint32_t priority)
{
    bool mail = to->email && *to->email, hook = to->webhook && *to->webhook;
    if (!mail && !hook)
        return;
    const struct obligation *o = add_obligation(p, to, asks);
    if (mail)
        add_way(p, by_endpoint, CHANNEL_SMTP, to->email, to, o, priority);
    if (hook)
        add_way(p, by_endpoint, CHANNEL_WEBHOOK, to->webhook, to, o, priority);
}

static struct broadcast_row *row_of(const struct broadcast *b, const struct plan *p, int64_t now_ms)
{
    const struct message *m = g_ptr_array_index(b->messages, 0);
    struct broadcast_row *row = g_new0(struct broadcast_row, 1);
    row->id = g_strdup(b->id);
    row->identifier = g_strdup(b->identifier);
    row->sender = g_strdup(b->sender);
    row->sent_ms = b->sent.ms;
    row->digest = broadcast_json_digest(b);
    row->body = broadcast_json_write(b);
    row->status = b->status;
    row->urgency = b->urgency;
    row->severity = b->severity;
    row->state = BROADCAST_RELEASED;
    row->received_ms = row->released_ms = now_ms;
    row->deadline_ms = p->deadline_ms;
    row->headline = g_strdup(m->headline);
    row->author = g_strdup("daemon");
    row->missions = p->missions->len;
    row->notifications = p->notifications->len;
    row->source_type = g_strdup("application/json");
    row->link_key = g_strdup("");
    return row;
}

static GBytes *master_of(const struct config *c, const struct alarm_message *m)
{
    bool links = m->masters && m->masters->len > 0 && *c->acknowledge.base_url;
    return links ? g_ptr_array_index(m->masters, 0) : NULL;
}

struct alarm *alarm_to(const struct config *c, const struct alarm_message *m,
                       const struct alarm_recipient *to, size_t n, int64_t now_ms)
{
    struct broadcast *b = compose(c, m, now_ms);
    uint32_t priority = notification_priority(b->urgency, b->severity, THREAT_CRITICAL, 0);
    GBytes *master = master_of(c, m);
    struct plan *p = plan_new();
    g_autoptr(GHashTable) by_endpoint =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct alarm *a = NULL;
    p->as_of_ms = now_ms;
    p->deadline_ms = now_ms + (m->life_ms ? m->life_ms : ALARM_LIFE_MS);
    for (guint i = 0; m->missions && i < m->missions->len; i++)
        g_ptr_array_add(p->missions, g_ptr_array_index(m->missions, i));
    bool asks = false;
    for (size_t i = 0; i < n; i++) {
        add(p, by_endpoint, &to[i], to[i].asks && master, priority);
        asks = asks || to[i].asks;
    }
    if (p->notifications->len > 0) {
        a = g_new0(struct alarm, 1);
        a->row = row_of(b, p, now_ms);
        a->plan = g_steal_pointer(&p);
        a->event = g_strdup(m->event);
        a->about = g_strdup(m->about ? m->about : "");
        if (asks && master)
            asking_links(master, a->row, a->plan);
    }
    if (p)
        plan_free(p);
    broadcast_unref(b);
    return a;
}

/* The desk on duty now: the Protective Liaison Division in its hours, if it has a mailbox or a
 * webhook, else the Command Center. */
static const struct desk *desk_for(const struct directory *d, enum alarm_audience to,
                                   int64_t now_ms)
{
    const struct desk *pld = to == ALARM_DUTY_DESK ? directory_desk(d, DUTY_PLD) : NULL;
    const struct desk *k = pld ? duty_of_desk(d, pld, now_ms).desk : NULL;
    return k && contact_has_endpoint(&k->contact) ? k : directory_desk(d, DUTY_COMMAND_CENTER);
}

struct alarm *alarm_new(const struct config *c, enum alarm_audience to, const char *event,
                        const char *about, const char *headline, const char *text, int64_t now_ms)
{
    g_autoptr(GPtrArray) messages = g_ptr_array_new(); /* the broadcast takes what is in it */
    g_ptr_array_add(messages, alarm_message_in("en", headline, text));
    struct alarm_message m = {
        .event = event, .about = about, .messages = messages, .urgency = URGENCY_IMMEDIATE
    };
    const GPtrArray *approvers = c->release.approvers;
    guint n = to == ALARM_APPROVERS ? approvers->len : 1;
    g_autofree struct alarm_recipient *all = g_new0(struct alarm_recipient, MAX(n, 1));
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < n; i++) {
        const struct desk *k = to == ALARM_APPROVERS ? NULL : desk_for(c->directory, to, now_ms);
        const char *mailbox = k ? k->contact.email : g_ptr_array_index(approvers, i);
        char *name = g_strconcat(k ? "desk:" : "approver:", k ? k->id : mailbox, NULL);
        g_ptr_array_add(names, name);
        all[i] = (struct alarm_recipient){ .kind = OBLIGATION_DESK,
                                           .recipient = name,
                                           .name = k ? k->name : mailbox,
                                           .email = mailbox,
                                           .webhook = k ? k->contact.webhook : NULL };
    }
    struct alarm *a = alarm_to(c, &m, all, n, now_ms);
    if (!a)
        log_event(LOG_LEVEL_ERROR, "alarm.unheard", LOG_STR("alarm", event),
                  LOG_STR("broadcast", about), LOG_STR("headline", headline),
                  LOG_STR("reason", to == ALARM_APPROVERS
                                        ? "no approver is configured"
                                        : "no desk on duty has a mailbox or a webhook"));
    return a;
}

struct message *alarm_message_in(const char *language, const char *headline, const char *text)
{
    struct message *m = g_new0(struct message, 1);
    m->language = g_strdup(language);
    m->headline = text_cut(headline, BROADCAST_JSON_MAX_HEADLINE);
    m->description = text_cut(text, BROADCAST_JSON_MAX_TEXT);
    return m;
}

void alarm_free(struct alarm *a)
{
    if (!a)
        return;
    broadcast_row_free(a->row);
    plan_free(a->plan);
    g_free(a->event);
    g_free(a->about);
    g_free(a);
}

bool alarm_store(struct store *s, struct alarm *a, const char *node, int64_t now_ms, GError **error)
{
    if (!s->ops->broadcast_insert(s, a->row, a->plan, NULL, 0, error))
        return false;
    struct record *r = record_new(a->event, now_ms);
    r->node = g_strdup(node);
    r->broadcast = g_strdup(*a->about ? a->about : a->row->id);
    r->status = g_strdup(broadcast_status_names[a->row->status]);
    r->reply = g_strdup(a->row->headline);
    bool ok = s->ops->journal_append(s, r, error);
    record_free(r);
    return ok;
}

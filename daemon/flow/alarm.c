#include "flow/alarm.h"

#include "base/id.h"
#include "model/duty.h"
#include "model/record.h"
#include "wire/broadcast_json.h"

#define ALARM_LIFE_MS (INT64_C(24) * 3600 * 1000)

static struct broadcast *compose(const struct config *c, const char *headline, const char *text,
                                 int64_t now_ms)
{
    struct broadcast *b = broadcast_new();
    struct message *m = g_new0(struct message, 1);
    g_autofree char *id = id_new(now_ms);
    b->id = g_strdup(id);
    b->identifier = g_strconcat("alarm-", id, NULL);
    b->sender = g_strconcat("liaisond@", c->mail.domain, NULL);
    b->sent = (struct timestamp){ .ms = now_ms / 1000 * 1000, .offset_min = 0 };
    b->status = STATUS_SYSTEM;
    b->type = TYPE_ALERT;
    b->urgency = URGENCY_IMMEDIATE;
    b->severity = SEVERITY_SEVERE;
    b->certainty = CERTAINTY_OBSERVED;
    b->audience = audience_new();
    b->audience->everyone = true; /* in words only: the plan below names whom it goes to */
    m->language = g_strdup("en");
    m->headline = g_strdup(headline);
    m->description = g_strdup(text);
    g_ptr_array_add(b->messages, m);
    return b;
}

static void add(struct plan *p, const char *recipient, const char *name, const char *email,
                uint32_t priority)
{
    struct obligation *o = obligation_new();
    struct notification *n = notification_new();
    o->ordinal = p->obligations->len + 1;
    o->kind = OBLIGATION_DESK;
    g_free(o->recipient);
    o->recipient = g_strdup(recipient);
    g_free(o->name);
    o->name = g_strdup(name);
    g_free(o->language);
    o->language = g_strdup("en");
    o->reason = OBLIGATION_AFFECTED;
    g_ptr_array_add(p->obligations, o);
    n->id = p->notifications->len + 1;
    n->channel = CHANNEL_SMTP;
    g_free(n->endpoint);
    n->endpoint = g_strconcat("mailto:", email, NULL);
    g_free(n->lane);
    n->lane = notification_lane(CHANNEL_SMTP, n->endpoint);
    g_free(n->recipient);
    n->recipient = g_strdup(recipient);
    g_free(n->language);
    n->language = g_strdup("en");
    n->deadline_ms = p->deadline_ms;
    n->priority = priority;
    g_array_append_val(n->obligations, o->ordinal);
    g_ptr_array_add(p->notifications, n);
}

/* The desk on duty now: the Protective Liaison Division in its hours, else the Command Center. */
static void add_duty_desk(struct plan *p, const struct directory *d, uint32_t priority,
                          int64_t now_ms)
{
    const struct desk *pld = directory_desk(d, DUTY_PLD);
    const struct desk *k = directory_desk(d, DUTY_COMMAND_CENTER);
    if (pld) {
        struct duty duty = duty_of_desk(d, pld, now_ms);
        k = duty.desk;
    }
    g_autofree char *recipient = g_strconcat("desk:", k->id, NULL);
    if (*k->contact.email)
        add(p, recipient, k->name, k->contact.email, priority);
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
    row->notifications = p->notifications->len;
    row->source_type = g_strdup("application/json");
    return row;
}

struct alarm *alarm_new(const struct config *c, enum alarm_audience to, const char *event,
                        const char *about, const char *headline, const char *text, int64_t now_ms)
{
    struct broadcast *b = compose(c, headline, text, now_ms);
    uint32_t priority = notification_priority(b->urgency, b->severity, THREAT_CRITICAL, 0);
    struct plan *p = plan_new();
    p->as_of_ms = now_ms;
    p->deadline_ms = now_ms + ALARM_LIFE_MS;
    if (to == ALARM_DUTY_DESK)
        add_duty_desk(p, c->directory, priority, now_ms);
    for (guint i = 0; to == ALARM_APPROVERS && i < c->release.approvers->len; i++) {
        const char *mailbox = g_ptr_array_index(c->release.approvers, i);
        g_autofree char *recipient = g_strconcat("approver:", mailbox, NULL);
        add(p, recipient, mailbox, mailbox, priority);
    }
    struct alarm *a = NULL;
    if (p->notifications->len > 0) {
        a = g_new0(struct alarm, 1);
        a->row = row_of(b, p, now_ms);
        a->plan = g_steal_pointer(&p);
        a->event = g_strdup(event);
        a->about = g_strdup(about);
    }
    if (p)
        plan_free(p);
    broadcast_unref(b);
    return a;
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

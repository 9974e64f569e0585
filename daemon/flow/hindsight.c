#include "flow/hindsight.h"

#include "flow/evidence.h"
#include "flow/foresight.h"
#include "flow/heard.h"
#include "model/supersede.h"

struct hindsight {
    struct publication *p;
    struct broadcast_row *row; /* the last word's */
    struct foresight before;   /* what it knew nothing of; its plan is the word's, longer */
    struct foresight word;     /* the last word alone */
    guint missions, obligations, notifications; /* that it had */
};

static bool counts(const struct broadcast_row *row)
{
    return row->state == BROADCAST_RELEASED || row->state == BROADCAST_CLOSED;
}

/* struct broadcast_row *: what has gone out and the word knew nothing of. */
static GPtrArray *unknown_to(const struct event *e, const struct broadcast_row *word)
{
    GPtrArray *out = g_ptr_array_new();
    g_autoptr(GHashTable) known = event_without_asker(e, word);
    for (guint i = 0; i < e->rows->len; i++) {
        struct broadcast_row *row = g_ptr_array_index(e->rows, i);
        if (row->released_ms > 0 && !g_hash_table_contains(known, row))
            g_ptr_array_add(out, row);
    }
    return out;
}

const struct broadcast_row *hindsight_word(const struct event *e, const struct broadcast *b,
                                           bool goes)
{
    for (guint i = b->type == TYPE_ALERT ? 0 : e->rows->len; i > 0; i--) {
        const struct broadcast_row *row = g_ptr_array_index(e->rows, i - 1);
        if (row->type == TYPE_ALERT || !row->released_ms || (goes && !event_is_after(e, row, b)))
            continue;
        g_autoptr(GPtrArray) unknown = unknown_to(e, row);
        return counts(row) && unknown->len > 0 ? row : NULL;
    }
    return NULL;
}

/* --- who heard another version last --- */

static char *saying_of(const struct notification *n, guint i)
{
    return g_strdup_printf("%u %s", g_array_index(n->obligations, uint32_t, i), n->endpoint);
}

/* An answer takes back a reminder that waits, or will when it is put off. */
static bool may_be_taken_back(const struct notification *n)
{
    bool done = n->state == NOTIFICATION_ACCEPTED || n->state == NOTIFICATION_REFUSED;
    return n->state == NOTIFICATION_WITHDRAWN || (n->purpose == PURPOSE_REMIND && !done);
}

/* Obligation and endpoint -> the last notification that serves the one through the other, be it a
 * reminder; not one that may be taken back. */
static GHashTable *sayings_of(const struct sent_version *word)
{
    GHashTable *sayings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < word->notifications->len; i++) {
        struct notification *n = g_ptr_array_index(word->notifications, i);
        for (guint k = 0; !may_be_taken_back(n) && k < n->obligations->len; k++)
            g_hash_table_replace(sayings, saying_of(n, k), n);
    }
    return sayings;
}

/* It was taken, and is not to be said again anyway, nor just being said again. */
static bool is_said(GHashTable *sayings, const struct notification *n, guint i)
{
    g_autofree char *saying = saying_of(n, i);
    return n->state == NOTIFICATION_ACCEPTED && g_hash_table_lookup(sayings, saying) == n;
}

/* Says again what n has said last to its endpoint. */
static void say_again(struct plan *plan, GHashTable *sayings, const struct notification *n)
{
    const struct notification *last =
        g_ptr_array_index(plan->notifications, plan->notifications->len - 1);
    struct notification *again = notification_new();
    again->id = (last->id & NOTIFICATION_MAX_ORDINAL) + 1;
    again->channel = n->channel;
    again->endpoint = g_strdup(n->endpoint);
    again->lane = g_strdup(n->lane);
    again->recipient = g_strdup(n->recipient);
    again->language = g_strdup(n->language);
    again->deadline_ms = plan->deadline_ms;
    again->priority = notification_priority_correct(n->priority);
    for (guint i = 0; i < n->obligations->len; i++)
        if (is_said(sayings, n, i))
            g_array_append_val(again->obligations, g_array_index(n->obligations, uint32_t, i));
    if (again->obligations->len > 0)
        g_ptr_array_add(plan->notifications, again);
    else
        notification_free(again);
}

/* Who heard an older version after the word would take that for the last. */
static bool repeat(struct store *s, struct hindsight *h, GError **error)
{
    const struct sent_version *word = g_ptr_array_index(h->word.sent, 0);
    g_autoptr(GHashTable) own = heard_new(), others = heard_new();
    bool ok = heard_add(s, word, own, error);
    for (guint i = 0; ok && i < h->before.sent->len; i++)
        ok = heard_add(s, g_ptr_array_index(h->before.sent, i), others, error);
    g_autoptr(GPtrArray) overtaken = heard_overtaken(word, own, others);
    g_autoptr(GHashTable) sayings = sayings_of(word);
    for (guint i = 0; ok && i < overtaken->len; i++)
        say_again(h->before.plan, sayings, g_ptr_array_index(overtaken, i));
    return ok;
}

/* --- what it has to say --- */

static bool look_ahead(struct hindsight *h, GError **error)
{
    const struct sent_version *v = g_ptr_array_index(h->word.sent, 0);
    struct plan had = { .missions = v->file->missions,
                        .obligations = v->file->obligations,
                        .notifications = v->notifications,
                        .deadline_ms = v->file->deadline_ms };
    g_autofree struct version *versions = foresight_versions(&h->before);
    h->missions = had.missions->len;
    h->obligations = had.obligations->len;
    h->notifications = had.notifications->len;
    h->before.plan = supersede_rest(v->file->broadcast, &had, versions, h->before.sent->len);
    if (!h->before.plan)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "the last word needs more notifications than one broadcast can number");
    return h->before.plan != NULL;
}

static bool read_all(struct store *s, struct hindsight *h, const struct event *e,
                     const struct broadcast_row *word, GError **error)
{
    g_autoptr(GPtrArray) unknown = unknown_to(e, word);
    for (guint i = 0; i < unknown->len; i++) {
        const struct broadcast_row *row = g_ptr_array_index(unknown, i);
        if (!foresight_add(s, row->no, h->p->in_flight, &h->before, error))
            return false;
    }
    return s->ops->broadcast_by_no(s, word->no, &h->row, error) &&
           foresight_add(s, word->no, h->p->in_flight, &h->word, error) &&
           foresight_doubt(s, &h->before, error) && look_ahead(h, error) && repeat(s, h, error);
}

/* Borrowed: what stands behind the first `had`. */
static GPtrArray *rest_of(const GPtrArray *all, guint had)
{
    GPtrArray *out = g_ptr_array_new();
    for (guint i = had; i < all->len; i++)
        g_ptr_array_add(out, g_ptr_array_index(all, i));
    return out;
}

/* The links of one broadcast are of one key. */
static struct asking asking_of(const struct hindsight *h)
{
    struct asking a = publish_asking(h->p);
    const struct sent_version *v = g_ptr_array_index(h->word.sent, 0);
    a.broadcast = v->file->broadcast;
    if (*h->row->link_key)
        a.master = link_master(h->p->masters, h->row->link_key);
    return a;
}

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
    return MIN(a_ms, b_ms);
}

/* Everything about what is added is decided as it is for a whole plan. */
static bool decide(struct store *s, struct hindsight *h, GError **error)
{
    struct plan *plan = h->before.plan;
    struct asking asking = asking_of(h);
    g_autofree struct version *versions = foresight_versions(&h->before);
    int64_t custody_ms = INT64_MAX;
    bool again = h->row->state == BROADCAST_CLOSED;
    plan_number(plan, h->row->no);
    for (guint i = h->notifications; i < plan->notifications->len; i++)
        publish_hold(asking.broadcast, h->p->now_ms, g_ptr_array_index(plan->notifications, i));
    asking_inherit(&asking, plan, versions, h->before.sent->len);
    h->p->ladder_ms = sooner(h->p->ladder_ms, asking_decide(&asking, h->row, plan));
    publish_take_urgency(h->row, plan);
    publish_count(h->row, plan);
    h->row->state = BROADCAST_RELEASED;
    if (again && !asking_custody(s, &asking, h->row, plan, &custody_ms, error))
        return false;
    h->p->custody_ms = sooner(h->p->custody_ms, custody_ms);
    return true;
}

static void tell(struct hindsight *h, guint n)
{
    struct publication *p = h->p;
    struct record *r = record_new("broadcast.extended", p->now_ms);
    r->node = g_strdup(p->node);
    r->broadcast = g_strdup(h->row->id);
    r->status = g_strdup(broadcast_status_names[h->row->status]);
    r->reply =
        g_strdup_printf("%u more messages: %s, which is here now, links it to what others had", n,
                        p->row->identifier);
    evidence_bind(r, h->row, h->before.plan, NULL);
    g_ptr_array_add(p->records, r);
}

static bool add(struct store *s, struct hindsight *h, GError **error)
{
    struct plan *all = h->before.plan;
    if (!decide(s, h, error))
        return false;
    g_autoptr(GPtrArray) missions = rest_of(all->missions, h->missions);
    g_autoptr(GPtrArray) obligations = rest_of(all->obligations, h->obligations);
    g_autoptr(GPtrArray) notifications = rest_of(all->notifications, h->notifications);
    struct plan rest = { missions, obligations, notifications, 0, 0 };
    tell(h, notifications->len);
    if (!s->ops->broadcast_update(s, h->row, error) ||
        !s->ops->plan_append(s, h->row->no, &rest, error))
        return false;
    while (all->notifications->len > h->notifications)
        g_ptr_array_add(h->p->added, g_ptr_array_steal_index(all->notifications, h->notifications));
    return true;
}

/* Nothing is sent after its end. */
static void raise_too_late(struct hindsight *h, guint n)
{
    struct publication *p = h->p;
    g_autofree char *text = g_strdup_printf(
        "The %s \"%s\" of %s (%s) went out before %s of %s, which links it to an earlier "
        "broadcast, "
        "was here. It has expired meanwhile, so that %u who may have that broadcast are told "
        "nothing, and nothing of it is sent any more. If they must know: liaisonctl cancel %s.",
        broadcast_type_names[h->row->type], h->row->headline, h->row->sender, h->row->identifier,
        p->row->identifier, p->row->sender, n, h->row->id);
    struct alarm *a = alarm_new(p->config, ALARM_DUTY_DESK, "alarm.late_correction", h->row->id,
                                "A correction is known to be one too late", text, p->now_ms);
    if (a)
        g_ptr_array_add(p->alarms, a);
}

bool hindsight_extend(struct store *s, struct publication *p, const struct event *e,
                      const struct broadcast_row *word, GError **error)
{
    struct hindsight h = { .p = p };
    bool ok = read_all(s, &h, e, word, error);
    guint n = ok ? h.before.plan->notifications->len - h.notifications : 0;
    if (n > 0 && h.row->deadline_ms > 0 && h.row->deadline_ms <= p->now_ms)
        raise_too_late(&h, n);
    else if (n > 0)
        ok = add(s, &h, error);
    foresight_clear(&h.before);
    foresight_clear(&h.word);
    broadcast_row_free(h.row);
    return ok;
}

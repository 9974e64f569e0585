#include "flow/settle.h"

#include "base/log.h"
#include "flow/closing.h"
#include "flow/delivery_log.h"
#include "flow/escalation.h"
#include "flow/journal.h"
#include "model/record.h"

#define SETTLE_RETRY_MS 1000
#define TOGETHER 4 /* fewer are stored sooner one by one */

struct entry { /* one attempt that ended */
    struct lane_item *item;
    struct outcome *outcome; /* NULL: withdrawn without an attempt */
    const char *withdrawn;   /* why it is not sent (again), static; NULL: it is, or has ended */
    int64_t at_ms;
};

struct settle {
    struct service *service;
    settled_fn on_settled;
    void *ctx;
    GQueue waiting;           /* struct entry * */
    struct batch *batch;      /* with the store; NULL: none */
    struct loop_timer *timer; /* the next batch: at once, or after a failure */
    void (*idle)(void *ctx);
    void *idle_ctx;
};

struct batch {
    struct settle *settle;
    GPtrArray *entries;      /* struct entry * */
    struct closing *closing; /* has the configuration and the time */
    GPtrArray *added;        /* struct notification *: notices to duty contacts */
    GArray *grown;           /* int64_t broadcast numbers */
};

static void entry_free(struct entry *e)
{
    lane_item_free(e->item);
    outcome_free(e->outcome);
    g_free(e);
}

static void batch_free(struct batch *b, bool committed)
{
    closing_done(b->settle->service, b->closing, committed);
    g_ptr_array_unref(b->entries);
    g_ptr_array_unref(b->added);
    g_array_unref(b->grown);
    g_free(b);
}

/* "notification.deferred" and so on. */
static char *event_of(const struct entry *e)
{
    return g_strconcat("notification.", e->outcome ? outcome_names[e->outcome->kind] : "withdrawn",
                       NULL);
}

static char *missions_of(const struct entry *e)
{
    const struct casefile *c = e->item->casefile;
    g_autoptr(GPtrArray) obligations = casefile_obligations_of(c, e->item->notification);
    g_autoptr(GPtrArray) missions = casefile_missions_of(c, obligations);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < missions->len; i++) {
        if (i > 0)
            g_string_append_c(out, ' ');
        g_string_append(out, ((struct affected_mission *)g_ptr_array_index(missions, i))->id);
    }
    return g_string_free(out, FALSE);
}

static struct record *record_of(const struct batch *b, const struct entry *e)
{
    const struct notification *n = e->item->notification;
    g_autofree char *event = event_of(e);
    struct record *r = record_new(event, e->at_ms);
    r->node = g_strdup(b->closing->config->node);
    r->broadcast = g_strdup(e->item->casefile->broadcast->id);
    r->status = g_strdup(broadcast_status_names[e->item->casefile->broadcast->status]);
    r->missions = missions_of(e);
    r->recipient = g_strdup(n->recipient);
    r->channel = g_strdup(channel_names[n->channel]);
    r->endpoint = g_strdup(n->endpoint);
    r->attempt = (int)n->attempt;
    if (e->outcome) {
        r->outcome = g_strdup(outcome_names[e->outcome->kind]);
        r->reply = g_strdup(e->outcome->reply);
        r->duration_ms = e->outcome->duration_ms;
    } else {
        r->reply = g_strdup(e->withdrawn);
    }
    if (n->state == NOTIFICATION_DEFERRED)
        r->due_ms = n->due_ms;
    return r;
}

/* They were left without any way: whoever is on duty for them takes over. */
static bool escalate(struct store *s, struct batch *b, const struct entry *e, const GPtrArray *lost,
                     GError **error)
{
    const struct casefile *c = e->item->casefile;
    const struct config *config = b->closing->config;
    struct journal_hand hand = { config->node, b->closing->now_ms };
    struct escalation *up = escalation_new(config->directory, c, hand.node, hand.now_ms,
                                           e->item->notification->priority);
    bool ok = true;
    for (guint i = 0; ok && i < lost->len; i++) {
        const struct obligation *o = g_ptr_array_index(lost, i);
        ok = journal_tell_obligation(s, hand, c->row, "obligation.unreachable", o, NULL, NULL, NULL,
                                     error);
        if (!escalation_add(up, OBLIGATION_ALL_REFUSED, LADDER_DUTY, o,
                            e->outcome ? e->outcome->reply : ""))
            log_event(
                LOG_LEVEL_ERROR, "obligation.lost", LOG_STR("broadcast", c->broadcast->id),
                LOG_STR("recipient", o->recipient),
                LOG_STR("reason", "every endpoint refused and nobody is left to take it over"));
    }
    g_array_append_val(b->grown, c->no);
    ok = ok && escalation_store(s, up, b->added, error);
    escalation_free(up);
    return ok;
}

static bool store_entry(struct store *s, struct batch *b, struct entry *e, GError **error)
{
    g_autoptr(GPtrArray) lost = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    if (!s->ops->settle(s, e->item->notification, lost, error))
        return false;
    struct record *r = record_of(b, e);
    bool ok = s->ops->journal_append(s, r, error);
    if (ok)
        s->ops->journal_spare(s, r); /* for the delivery log */
    else
        record_free(r);
    if (ok && e->outcome && e->outcome->endpoint_gone)
        ok = s->ops->gone_add(s, e->item->notification->endpoint, e->at_ms, error);
    return ok && (lost->len == 0 || escalate(s, b, e, lost, error));
}

/* How many from there on were accepted, and nothing else is to be said of them? */
static guint accepted_from(const struct batch *b, guint from)
{
    guint i = from;
    for (; i < b->entries->len; i++) {
        const struct entry *e = g_ptr_array_index(b->entries, i);
        if (e->item->notification->state != NOTIFICATION_ACCEPTED || e->outcome->endpoint_gone)
            break;
    }
    return i - from;
}

static bool store_accepted(struct store *s, struct batch *b, guint from, guint n, GError **error)
{
    g_autofree struct notification **all = g_new(struct notification *, n);
    g_autoptr(GPtrArray) records = g_ptr_array_new_full(n, (GDestroyNotify)record_free);
    for (guint i = 0; i < n; i++) {
        const struct entry *e = g_ptr_array_index(b->entries, from + i);
        all[i] = e->item->notification;
        g_ptr_array_add(records, record_of(b, e));
    }
    if (!s->ops->settle_accepted(s, all, n, error) ||
        !s->ops->journal_append_all(s, (struct record *const *)records->pdata, n, error))
        return false;
    g_ptr_array_set_free_func(records, NULL);
    for (guint i = 0; i < n; i++)
        s->ops->journal_spare(s, g_ptr_array_index(records, i)); /* for the delivery log */
    return true;
}

/* Broadcasts that this batch may have brought to their end. */
static bool look_for_ends(struct store *s, struct batch *b, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (guint i = 0; i < b->entries->len; i++) {
        struct casefile *c = ((struct entry *)g_ptr_array_index(b->entries, i))->item->casefile;
        if (c->asks && g_hash_table_add(seen, &c->no) && !closing_look(s, b->closing, c->no, error))
            return false;
    }
    return true;
}

/* Runs again from the start if it failed before: what it gathered belongs to this run alone. */
static bool store_batch(struct store *s, void *arg, GError **error)
{
    struct batch *b = arg;
    g_ptr_array_set_size(b->added, 0);
    g_array_set_size(b->grown, 0);
    closing_reset(b->closing);
    for (guint i = 0, n; i < b->entries->len; i += MAX(n, 1)) {
        n = accepted_from(b, i);
        n = n < TOGETHER ? 0 : n;
        if (n > 0 ? !store_accepted(s, b, i, n, error)
                  : !store_entry(s, b, g_ptr_array_index(b->entries, i), error))
            return false;
    }
    return look_for_ends(s, b, error);
}

static void log_outcome(const struct entry *e)
{
    const struct notification *n = e->item->notification;
    bool fine = !e->outcome || e->outcome->kind == OUTCOME_ACCEPTED;
    enum log_level level = fine ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN;
    if (!log_writes(level))
        return;
    g_autofree char *event = event_of(e);
    g_autofree char *id = notification_message_key(e->item->casefile->broadcast->id, n->id);
    int64_t next_s = n->state == NOTIFICATION_DEFERRED ? (n->due_ms - e->at_ms + 999) / 1000 : 0;
    log_event(level, event, LOG_STR("id", id), LOG_STR("endpoint", n->endpoint),
              LOG_INT("attempt", n->attempt), LOG_INT("next_s", next_s),
              LOG_STR("reason", e->outcome ? e->outcome->reply : e->withdrawn));
}

static void log_entry(const struct entry *e)
{
    const struct notification *n = e->item->notification;
    log_outcome(e);
    if (e->outcome && e->outcome->endpoint_gone)
        log_event(
            LOG_LEVEL_ERROR, "endpoint.gone", LOG_STR("endpoint", n->endpoint),
            LOG_STR("recipient", n->recipient),
            LOG_STR("reason", "it answered 410 and is not used until the roster gives it anew"));
}

static void tell_batch(struct settle *t, const struct batch *b)
{
    for (guint i = 0; i < b->entries->len; i++) {
        const struct entry *e = g_ptr_array_index(b->entries, i);
        const struct notification *n = e->item->notification;
        struct settled what = { .lane = n->lane,
                                .urgency = e->item->casefile->broadcast->urgency,
                                .due_ms = n->due_ms,
                                .broadcast_no = e->item->casefile->no };
        log_entry(e);
        if (e->outcome && e->outcome->endpoint_gone)
            t->on_settled(&(struct settled){ .gone = n->endpoint }, t->ctx);
        if (n->state == NOTIFICATION_DEFERRED)
            t->on_settled(&what, t->ctx);
    }
    for (guint i = 0; i < b->grown->len; i++) {
        struct settled what = { .broadcast_no = g_array_index(b->grown, int64_t, i),
                                .grown = true };
        t->on_settled(&what, t->ctx);
    }
    for (guint i = 0; i < b->added->len; i++) {
        const struct notification *n = g_ptr_array_index(b->added, i);
        struct settled what = { .lane = n->lane,
                                .urgency = n->priority >> 24,
                                .due_ms = n->due_ms,
                                .broadcast_no = n->id >> NOTIFICATION_ORDINAL_BITS };
        t->on_settled(&what, t->ctx);
    }
}

static void idle_if_so(struct settle *t)
{
    if (!t->idle || t->batch || t->waiting.length > 0)
        return;
    void (*idle)(void *) = t->idle;
    t->idle = NULL;
    idle(t->idle_ctx);
}

static void submit(struct settle *t);

static void batch_stored(void *arg, const GError *error)
{
    struct batch *b = arg;
    struct settle *t = b->settle;
    service_note_store(t->service, error);
    if (error) { /* kept: what was learnt must not be lost while the store is away */
        loop_timer_arm(t->timer, SETTLE_RETRY_MS);
        return;
    }
    t->batch = NULL;
    tell_batch(t, b);
    batch_free(b, true);
    t->on_settled(&(struct settled){ .room = true }, t->ctx);
    delivery_log_wake(t->service->log);
    if (t->waiting.length > 0)
        submit(t);
    idle_if_so(t);
}

static void submit(struct settle *t)
{
    struct batch *b = g_new0(struct batch, 1);
    b->settle = t;
    b->entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_free);
    b->added = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    b->grown = g_array_new(FALSE, FALSE, sizeof(int64_t));
    b->closing = closing_new(t->service);
    while (t->waiting.length > 0 && b->entries->len < SETTLE_MAX_BATCH)
        g_ptr_array_add(b->entries, g_queue_pop_head(&t->waiting));
    t->batch = b;
    store_thread_submit(t->service->store, store_batch, batch_stored, b);
}

/* The timer stands for "soon" and for "again after a failure". */
static void due(void *ctx)
{
    struct settle *t = ctx;
    if (t->batch)
        store_thread_submit(t->service->store, store_batch, batch_stored, t->batch);
    else if (t->waiting.length > 0)
        submit(t);
}

static void move(struct settle *t, struct lane_item *i, const struct outcome *o, int64_t now_ms)
{
    static const enum notification_event on[] = { [OUTCOME_ACCEPTED] = NOTIFICATION_ON_ACCEPTED,
                                                  [OUTCOME_DEFERRED] = NOTIFICATION_ON_DEFERRED,
                                                  [OUTCOME_REFUSED] = NOTIFICATION_ON_REFUSED,
                                                  [OUTCOME_UNKNOWN] = NOTIFICATION_ON_UNKNOWN };
    struct notification *n = i->notification;
    const struct retry_policy *p = &t->service->config->dispatch.policy[n->priority >> 24];
    n->attempt++;
    notification_move(n, on[o->kind]);
    if (n->state != NOTIFICATION_DEFERRED)
        return;
    n->due_ms = retry_due_ms(p, o, n->attempt, (unsigned)g_random_int_range(0, 1000), now_ms,
                             n->deadline_ms);
    if (n->due_ms ==
        RETRY_NEVER) /* no attempt makes sense before the deadline: the sweep withdraws it */
        n->due_ms = n->deadline_ms;
}

static void add(struct settle *t, struct entry *e)
{
    g_queue_push_tail(&t->waiting, e);
    if (!t->batch)
        loop_timer_arm(t->timer, 0);
}

static struct entry *entry_new(struct settle *t, struct lane_item *i)
{
    struct entry *e = g_new0(struct entry, 1);
    e->item = i;
    e->at_ms = service_now_ms(t->service);
    return e;
}

void settle_add(struct settle *t, struct lane_item *i, struct outcome *o, bool superseded)
{
    struct entry *e = entry_new(t, i);
    e->outcome = o;
    move(t, i, o, e->at_ms);
    if (superseded && i->notification->state == NOTIFICATION_DEFERRED) {
        notification_move(i->notification, NOTIFICATION_ON_SUPERSEDED);
        e->withdrawn = SETTLE_SUPERSEDED;
    }
    add(t, e);
}

void settle_withdraw(struct settle *t, struct lane_item *i, enum notification_event why)
{
    struct entry *e = entry_new(t, i);
    e->withdrawn = why == NOTIFICATION_ON_EXPIRED ? SETTLE_EXPIRED : SETTLE_SUPERSEDED;
    notification_move(i->notification, NOTIFICATION_ON_RESTART);
    notification_move(i->notification, why);
    add(t, e);
}

static void append_if_of(const struct entry *e, GHashTable *broadcasts, GArray *out)
{
    if (!e->outcome || !g_hash_table_contains(broadcasts, &e->item->casefile->no))
        return;
    struct underway u = { e->item->notification->id, e->outcome->kind == OUTCOME_ACCEPTED };
    if (u.accepted || e->outcome->kind == OUTCOME_UNKNOWN)
        g_array_append_val(out, u);
}

void settle_unstored(const struct settle *t, GHashTable *broadcasts, GArray *out)
{
    for (guint i = 0; t->batch && i < t->batch->entries->len; i++)
        append_if_of(g_ptr_array_index(t->batch->entries, i), broadcasts, out);
    for (const GList *l = t->waiting.head; l; l = l->next)
        append_if_of(l->data, broadcasts, out);
}

size_t settle_backlog(const struct settle *t)
{
    return t->waiting.length + (t->batch ? t->batch->entries->len : 0);
}

void settle_when_idle(struct settle *t, void (*idle)(void *ctx), void *ctx)
{
    t->idle = idle;
    t->idle_ctx = ctx;
    idle_if_so(t);
}

struct settle *settle_new(struct service *s, settled_fn on_settled, void *ctx)
{
    struct settle *t = g_new0(struct settle, 1);
    t->service = s;
    t->on_settled = on_settled;
    t->ctx = ctx;
    t->timer = loop_timer_new(s->loop, due, t);
    return t;
}

void settle_free(struct settle *t)
{
    loop_timer_free(t->timer);
    g_queue_clear_full(&t->waiting, (GDestroyNotify)entry_free);
    if (t->batch)
        batch_free(t->batch, false);
    g_free(t);
}

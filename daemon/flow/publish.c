#include "flow/publish.h"

#include "base/log.h"
#include "flow/climb.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "flow/event.h"
#include "flow/evidence.h"
#include "flow/handover.h"
#include "flow/journal.h"
#include "flow/succession.h"
#include "flow/sweep.h"
#include "model/record.h"
#include "model/supersede.h"

struct publication *publication_new(struct service *s, struct broadcast *b,
                                    struct broadcast_row *row, struct plan *plan)
{
    struct publication *p = g_new0(struct publication, 1);
    p->service = s;
    p->node = g_strdup(s->config->node);
    p->broadcast = broadcast_ref(b);
    p->row = row;
    p->plan = plan;
    p->records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    p->alarms = g_ptr_array_new_with_free_func((GDestroyNotify)alarm_free);
    p->chain = g_array_new(FALSE, FALSE, sizeof(int64_t));
    p->in_flight = g_array_new(FALSE, FALSE, sizeof(struct underway));
    p->superseded = g_array_new(FALSE, FALSE, sizeof(int64_t));
    p->now_ms = service_now_ms(s);
    p->config = config_ref(s->config);
    p->masters = s->masters ? g_ptr_array_ref(s->masters) : NULL;
    p->added = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    p->ladder_ms = p->custody_ms = INT64_MAX;
    return p;
}

void publication_free(struct publication *p)
{
    if (!p)
        return;
    broadcast_unref(p->broadcast);
    if (p->file)
        casefile_unref(p->file);
    else
        broadcast_row_free(p->row);
    if (p->plan)
        plan_free(p->plan);
    g_clear_pointer(&p->source, g_bytes_unref);
    g_ptr_array_unref(p->records);
    g_ptr_array_unref(p->alarms);
    g_array_unref(p->chain);
    g_array_unref(p->in_flight);
    g_array_unref(p->superseded);
    config_unref(p->config);
    g_free(p->follow_up);
    g_clear_pointer(&p->masters, g_ptr_array_unref);
    g_ptr_array_unref(p->added);
    g_free(p->node);
    g_free(p);
}

void publication_reset(struct publication *p)
{
    g_ptr_array_set_size(p->records, 0);
    g_ptr_array_set_size(p->alarms, 0);
    g_array_set_size(p->chain, 0);
    g_array_set_size(p->in_flight, 0);
    g_array_set_size(p->superseded, 0);
    g_ptr_array_set_size(p->added, 0);
    p->again = false;
    p->now_ms = service_now_ms(p->service);
}

char *publish_mission_list(const struct plan *p)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < p->missions->len; i++) {
        const struct affected_mission *m = g_ptr_array_index(p->missions, i);
        if (i > 0)
            g_string_append_c(out, ' ');
        g_string_append(out, m->id);
    }
    return g_string_free(out, FALSE);
}

GPtrArray *publish_copy_references(const GPtrArray *references)
{
    GPtrArray *out = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    for (guint i = 0; i < references->len; i++)
        g_ptr_array_add(out, reference_copy(g_ptr_array_index(references, i)));
    return out;
}

void publish_raise(struct publication *p, enum alarm_audience to, const char *event,
                   const char *headline, const char *text)
{
    struct alarm *a =
        alarm_new(p->service->config, to, event, p->row->id, headline, text, p->now_ms);
    if (a)
        g_ptr_array_add(p->alarms, a);
    log_event(a ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR, event, LOG_STR("broadcast", p->row->id),
              LOG_STR("headline", headline), LOG_STR("told", a ? "yes" : "nobody is configured"));
}

void publish_freeze(struct publication *p)
{
    p->frozen = true;
    p->unclaims = !dispatch_is_started(p->service->dispatch);
    dispatch_freeze(p->service->dispatch, p->chain, p->in_flight);
}

/* It goes out at once, and all of it is in the store as it stands here. */
static bool goes_now(const struct publication *p)
{
    return p->plan && !p->pending && p->broadcast->effective.ms <= p->now_ms &&
           !casefile_has_to_be_read(p->row);
}

void publish_begin(struct publication *p)
{
    if (goes_now(p))
        p->headstart = dispatch_headstart(p->service->dispatch, p->plan);
}

/* --- the store's side --- */

void publish_hold(const struct broadcast *b, int64_t now_ms, struct notification *n)
{
    if (b->effective.ms <= now_ms)
        return;
    n->state = NOTIFICATION_DEFERRED;
    n->due_ms = b->effective.ms;
}

static void hold_until_effective(struct publication *p)
{
    for (guint i = 0; i < p->plan->notifications->len; i++)
        publish_hold(p->broadcast, p->now_ms, g_ptr_array_index(p->plan->notifications, i));
}

void publish_count(struct broadcast_row *row, const struct plan *plan)
{
    row->missions = row->representatives = 0;
    for (guint i = 0; i < plan->missions->len; i++)
        row->missions +=
            row->type == TYPE_CANCEL || supersede_is_affected(g_ptr_array_index(plan->missions, i));
    row->notifications = plan->notifications->len;
    row->deadline_ms = plan->deadline_ms;
    for (guint i = 0; i < plan->obligations->len; i++) {
        const struct obligation *o = g_ptr_array_index(plan->obligations, i);
        row->representatives += o->kind == OBLIGATION_REPRESENTATIVE;
    }
}

void publish_take_urgency(struct broadcast_row *row, const struct plan *plan)
{
    for (guint i = 0; i < plan->notifications->len; i++) {
        const struct notification *n = g_ptr_array_index(plan->notifications, i);
        row->urgency = MIN(row->urgency, (enum broadcast_urgency)(n->priority >> 24));
    }
}

static bool store_row(struct store *s, struct publication *p, GError **error)
{
    gsize len = 0;
    const char *source = p->source ? g_bytes_get_data(p->source, &len) : NULL;
    if (!p->pending)
        return s->ops->broadcast_insert(s, p->row, p->plan, source, len, error);
    return p->plan ? s->ops->plan_insert(s, p->row, p->plan, error)
                   : s->ops->broadcast_update(s, p->row, error);
}

/* Those whom only their duty contact can reach. */
static bool tell_escalations(struct store *s, struct publication *p, GError **error)
{
    struct journal_hand hand = { p->node, p->now_ms };
    for (guint i = 0; p->plan && i < p->plan->obligations->len; i++) {
        const struct obligation *o = g_ptr_array_index(p->plan->obligations, i);
        if (g_strcmp0(o->reason, OBLIGATION_NO_REPRESENTATIVE) != 0)
            continue;
        if (!journal_tell_obligation(s, hand, p->row, "obligation.escalated", o, NULL, NULL,
                                     "no valid representative", error))
            return false;
    }
    return true;
}

/* Nobody was told of what it cancels, so there is nobody to tell. */
static bool close_if_empty(struct store *s, struct publication *p, GError **error)
{
    struct journal_hand hand = { p->node, p->now_ms };
    if (!p->plan || p->row->type != TYPE_CANCEL || p->plan->obligations->len > 0)
        return true;
    p->row->state = BROADCAST_CLOSED;
    return s->ops->broadcast_set_state(s, p->row->no, BROADCAST_CLOSED, error) &&
           journal_tell(s, hand, p->row, "broadcast.closed", NULL,
                        "nobody is known to have been told of what it cancels", error);
}

struct asking publish_asking(const struct publication *p)
{
    GBytes *master = p->masters && p->masters->len > 0 ? g_ptr_array_index(p->masters, 0) : NULL;
    return (struct asking){ p->config, master, p->broadcast, p->now_ms };
}

/* Does it belong to an event?  What had expired when it came does: others refer to it; and so does
 * what a person rejects before it had its turn. */
static bool is_a_version(const struct publication *p)
{
    enum broadcast_state state = p->row->state;
    return p->plan || state == BROADCAST_PENDING || state == BROADCAST_EXPIRED ||
           (state == BROADCAST_REJECTED && p->is_news);
}

bool publish_store(struct store *s, struct publication *p, GError **error)
{
    struct asking asking = publish_asking(p);
    unsigned unclaimed;
    if (p->unclaims && !s->ops->unclaim_all(s, &unclaimed, error))
        return false;
    if (is_a_version(p) && !succession_join(s, p, error))
        return false;
    if (p->again)
        return true;
    if (p->plan) {
        p->row->state = BROADCAST_RELEASED;
        p->row->released_ms = p->now_ms;
        hold_until_effective(p);
        p->ladder_ms = asking_decide(&asking, p->row, p->plan);
        publish_count(p->row, p->plan);
    }
    if (p->headstart && p->plan && !headstart_take(p->headstart, s, p->plan, p->now_ms, error))
        return false;
    if (!store_row(s, p, error) || !tell_escalations(s, p, error))
        return false;
    if (p->records->len > 0)
        evidence_bind(g_ptr_array_index(p->records, 0), p->row, p->plan, p->source);
    if (p->plan && !asking_custody(s, &asking, p->row, p->plan, &p->custody_ms, error))
        return false;
    for (guint i = 0; i < p->records->len; i++)
        if (!s->ops->journal_append(s, g_ptr_array_index(p->records, i), error))
            return false;
    for (guint i = 0; i < p->alarms->len; i++)
        if (!alarm_store(s, g_ptr_array_index(p->alarms, i), p->node, p->now_ms, error))
            return false;
    return close_if_empty(s, p, error);
}

/* --- the loop's side --- */

static void wake(struct service *s, const struct plan *p)
{
    if (!p)
        return;
    dispatch_wake_plan(s->dispatch, p);
    sweep_note(s->expiry, p->deadline_ms);
}

/* All of one broadcast. */
static void wake_added(struct service *s, const GPtrArray *added)
{
    if (added->len == 0)
        return;
    const struct notification *first = g_ptr_array_index(added, 0);
    dispatch_wake_added(s->dispatch, added);
    sweep_note(s->expiry, first->deadline_ms);
}

static void offer(struct publication *p)
{
    if (!goes_now(p))
        return;
    p->file = casefile_of_plan(p->row, p->broadcast, p->plan);
    dispatch_offer(p->service->dispatch, p->file);
}

static void end_headstart(struct publication *p)
{
    if (p->headstart)
        dispatch_headstart_end(p->service->dispatch, p->headstart, p->plan, p->file);
    p->headstart = NULL;
}

static void note_asking(struct service *s, const struct publication *p)
{
    if (p->config != s->config) { /* reloaded since, and what was there goes by that already */
        climb_realign(s->climb);
        handover_realign(s->handover);
    }
    if (p->ladder_ms != INT64_MAX)
        climb_note(s->climb, p->ladder_ms);
    if (p->custody_ms != INT64_MAX)
        handover_note(s->handover, p->custody_ms);
}

void publish_done(struct publication *p, bool committed)
{
    struct service *s = p->service;
    if (p->frozen) {
        g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(int64_t));
        dispatch_thaw(s->dispatch, committed ? p->superseded : none);
        p->frozen = false;
    }
    if (committed)
        offer(p);
    end_headstart(p);
    if (!committed)
        return;
    wake(s, p->plan);
    wake_added(s, p->added);
    note_asking(s, p);
    for (guint i = 0; i < p->alarms->len; i++)
        wake(s, ((struct alarm *)g_ptr_array_index(p->alarms, i))->plan);
    if (p->row->approve_by_ms > 0 && p->row->state == BROADCAST_PENDING)
        sweep_note(s->pending, (p->row->received_ms + p->row->approve_by_ms) / 2);
    delivery_log_wake(s->log);
    log_event(LOG_LEVEL_INFO, "broadcast.stored", LOG_STR("id", p->row->id),
              LOG_STR("identifier", p->row->identifier), LOG_STR("by", p->row->author),
              LOG_STR("status", broadcast_status_names[p->row->status]),
              LOG_STR("type", broadcast_type_names[p->row->type]),
              LOG_STR("state", broadcast_state_names[p->row->state]),
              LOG_INT("missions", p->row->missions),
              LOG_INT("notifications", p->row->notifications),
              LOG_INT("supersedes", p->superseded->len), LOG_INT("withdrawn", p->withdrawn),
              LOG_INT("added_to_the_last_word", p->added->len), LOG_STR("hold", p->row->hold));
}

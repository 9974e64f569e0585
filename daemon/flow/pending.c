#include "flow/pending.h"

#include "base/log.h"
#include "flow/alarm.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "flow/journal.h"

#define PENDING_MAX_WAIT_MS                                                                        \
    60000 /* the wall clock may be stepped: look at it again at least so often */

struct pending {
    struct service *service;
    struct loop_timer *timer;
    int64_t next_ms;
    bool busy;
};

struct round { /* one look: at most one broadcast */
    struct pending *pending;
    struct config *config; /* one reference */
    int64_t now_ms, next_ms;
    struct broadcast_row *row; /* what was due; NULL: nothing */
    struct alarm *alarm;
};

static void arm(struct pending *p)
{
    int64_t wait_ms = p->next_ms - service_now_ms(p->service);
    if (p->next_ms != INT64_MAX)
        loop_timer_arm(p->timer, CLAMP(wait_ms, 0, PENDING_MAX_WAIT_MS));
}

static bool tell(struct store *s, const struct round *r, const char *event, const char *reply,
                 GError **error)
{
    struct journal_hand hand = { r->config->node, r->now_ms };
    return journal_tell(s, hand, r->row, event, NULL, reply, error);
}

static bool lapse(struct store *s, struct round *r, GError **error)
{
    g_autofree char *text =
        g_strdup_printf("Nobody approved the broadcast \"%s\" (%s) of %s in time. It was not sent.",
                        r->row->headline, r->row->identifier, r->row->author);
    r->row->state = BROADCAST_LAPSED;
    r->alarm = alarm_new(r->config, ALARM_DUTY_DESK, "alarm.lapsed", r->row->id,
                         "A broadcast lapsed without approval", text, r->now_ms);
    return tell(s, r, "broadcast.lapsed", "nobody approved it in time", error);
}

static bool remind(struct store *s, struct round *r, GError **error)
{
    g_autofree char *until = timestamp_format_utc_s(r->row->approve_by_ms);
    g_autofree char *text = g_strdup_printf(
        "The broadcast \"%s\" (%s) of %s to %u missions still waits for a second person, until %s: "
        "liaisonctl approve %s --missions %u, or liaisonctl reject %s.",
        r->row->headline, r->row->identifier, r->row->author, r->row->missions, until, r->row->id,
        r->row->missions, r->row->id);
    r->row->reminded = true;
    r->alarm = alarm_new(r->config, ALARM_APPROVERS, "alarm.reminder", r->row->id,
                         "Reminder: a broadcast waits for your approval", text, r->now_ms);
    return tell(s, r, "broadcast.reminded", "half of the time for its approval has passed", error);
}

static bool look(struct store *s, void *arg, GError **error)
{
    struct round *r = arg;
    g_autoptr(GPtrArray) due = g_ptr_array_new_with_free_func((GDestroyNotify)broadcast_row_free);
    if (!s->ops->broadcast_pending(s, r->now_ms, 1, due, &r->next_ms, error))
        return false;
    if (due->len == 0)
        return true;
    r->row = g_ptr_array_steal_index(due, 0);
    bool ok = r->row->approve_by_ms <= r->now_ms ? lapse(s, r, error) : remind(s, r, error);
    return ok && s->ops->broadcast_update(s, r->row, error) &&
           (!r->alarm || alarm_store(s, r->alarm, r->config->node, r->now_ms, error));
}

static void looked(void *arg, const GError *error)
{
    struct round *r = arg;
    struct pending *p = r->pending;
    p->busy = false;
    service_note_store(p->service, error);
    if (error) {
        loop_timer_arm(p->timer, 1000);
    } else {
        if (r->alarm)
            dispatch_wake_plan(p->service->dispatch, r->alarm->plan);
        if (r->row) {
            log_event(LOG_LEVEL_WARN,
                      r->row->state == BROADCAST_LAPSED ? "broadcast.lapsed" : "broadcast.reminded",
                      LOG_STR("id", r->row->id));
            delivery_log_wake(p->service->log);
        }
        int64_t known_ms = p->next_ms > r->now_ms ? p->next_ms : INT64_MAX;
        p->next_ms = r->row ? r->now_ms : MIN(known_ms, r->next_ms);
        arm(p);
    }
    alarm_free(r->alarm);
    if (r->row)
        broadcast_row_free(r->row);
    config_unref(r->config);
    g_free(r);
}

static void look_now(void *ctx)
{
    struct pending *p = ctx;
    int64_t now_ms = service_now_ms(p->service);
    if (p->busy || p->service->stopping)
        return;
    if (p->next_ms > now_ms) {
        arm(p);
        return;
    }
    struct round *r = g_new0(struct round, 1);
    r->pending = p;
    r->config = config_ref(p->service->config);
    r->now_ms = now_ms;
    r->next_ms = INT64_MAX;
    p->busy = true;
    store_thread_submit(p->service->store, look, looked, r);
}

struct pending *pending_new(struct service *s)
{
    struct pending *p = g_new0(struct pending, 1);
    p->service = s;
    p->next_ms = INT64_MAX;
    p->timer = loop_timer_new(s->loop, look_now, p);
    return p;
}

void pending_start(struct pending *p)
{
    pending_note(p, service_now_ms(p->service));
}

void pending_note(struct pending *p, int64_t at_ms)
{
    p->next_ms = MIN(p->next_ms, at_ms);
    arm(p);
}

void pending_free(struct pending *p)
{
    loop_timer_free(p->timer);
    g_free(p);
}

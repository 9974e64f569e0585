#include "flow/pending.h"

#include "base/log.h"
#include "flow/alarm.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "flow/journal.h"

struct round { /* one look: at most one broadcast */
    struct sweep *sweep;
    struct config *config; /* one reference */
    int64_t now_ms, next_ms;
    struct broadcast_row *row; /* what was due; NULL: nothing */
    struct alarm *alarm;
};

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
    struct service *s = r->sweep->service;
    if (!error && r->alarm)
        dispatch_wake_plan(s->dispatch, r->alarm->plan);
    if (!error && r->row) {
        log_event(LOG_LEVEL_WARN,
                  r->row->state == BROADCAST_LAPSED ? "broadcast.lapsed" : "broadcast.reminded",
                  LOG_STR("id", r->row->id));
        delivery_log_wake(s->log);
    }
    sweep_done(r->sweep, error, r->now_ms, r->row != NULL, r->next_ms);
    alarm_free(r->alarm);
    if (r->row)
        broadcast_row_free(r->row);
    config_unref(r->config);
    g_free(r);
}

static void look_now(void *ctx, int64_t now_ms)
{
    struct sweep *sweep = ctx;
    struct service *s = sweep->service;
    struct round *r = g_new0(struct round, 1);
    r->sweep = sweep;
    r->config = config_ref(s->config);
    r->now_ms = now_ms;
    r->next_ms = INT64_MAX;
    store_thread_submit(s->store, look, looked, r);
}

struct sweep *pending_new(struct service *s)
{
    return sweep_new(s, look_now);
}

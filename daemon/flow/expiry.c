#include "flow/expiry.h"

#include "base/log.h"
#include "flow/closing.h"
#include "flow/delivery_log.h"
#include "flow/journal.h"
#include "flow/settle.h"

#define EXPIRY_NAMED 20  /* representatives that the alarm names */
#define EXPIRY_CHUNK 500 /* withdrawals a transaction */
#define EXPIRY_DAY_MS (INT64_C(24) * 3600 * 1000)
#define EXPIRY_KEEP_KEYS_MS EXPIRY_DAY_MS /* how long an Idempotency-Key is remembered */

/* One piece of work: one overdue broadcast, at most EXPIRY_CHUNK withdrawals. */
struct round {
    struct sweep *sweep;
    int64_t now_ms, next_ms;
    struct closing *closing;   /* has the configuration too */
    struct broadcast_row *row; /* NULL: none is overdue */
    unsigned withdrawn;
    bool closed;
};

static struct journal_hand hand_of(const struct round *w)
{
    return (struct journal_hand){ w->closing->config->node, w->now_ms };
}

static bool withdraw(struct store *s, struct round *w, GError **error)
{
    g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    if (!s->ops->withdraw(s, w->row->no, EXPIRY_CHUNK, NOTIFICATION_ON_EXPIRED, gone, error) ||
        !journal_tell_all(s, hand_of(w), w->row, "notification.withdrawn", gone, SETTLE_EXPIRED,
                          error))
        return false;
    w->withdrawn = gone->len;
    return true;
}

/* A representative, or whoever was to call in the place of some: their own copy is for
 * information. */
static bool had_to_know(const struct obligation *o)
{
    return o->kind == OBLIGATION_REPRESENTATIVE || (!g_str_equal(o->reason, OBLIGATION_AFFECTED) &&
                                                    !g_str_equal(o->reason, OBLIGATION_HANDED_ON));
}

static void append_unreached(GString *out, const struct obligation *o)
{
    g_string_append_printf(out, "\n%s %s%s%s", o->recipient, o->name,
                           *o->phone ? ", telephone " : "", o->phone);
    if (o->kind == OBLIGATION_REPRESENTATIVE)
        return;
    g_string_append_printf(out, ", who was to call (%s):", o->reason);
    for (guint i = 0; i < o->missions->len && i < EXPIRY_NAMED; i++)
        g_string_append_printf(out, " %s", (const char *)g_ptr_array_index(o->missions, i));
}

/* The first few by name, for the desk that has to telephone. */
static unsigned list_unreached(const GPtrArray *obligations, GString *out)
{
    unsigned n = 0;
    for (guint i = 0; i < obligations->len; i++) {
        const struct obligation *o = g_ptr_array_index(obligations, i);
        if (had_to_know(o) && o->state == OBLIGATION_OPEN && n++ < EXPIRY_NAMED)
            append_unreached(out, o);
    }
    return n;
}

/* What expired unsent is the duty desk's: it is told in the same transaction; where people were
 * asked there will be a whole report.  An alarm alarms nobody. */
static bool report_unreached(struct store *s, struct round *w, bool *asked, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    g_autoptr(GString) names = g_string_new(NULL);
    if (w->row->status == STATUS_SYSTEM)
        return true;
    if (!s->ops->obligations(s, w->row->no, all, error))
        return false;
    *asked = obligation_any_asks(all);
    unsigned n = list_unreached(all, names);
    if (n == 0 || *asked)
        return true;
    g_autofree char *text = g_strdup_printf(
        "The broadcast \"%s\" (%s) has expired and %u who had to know were never reached. "
        "All of them: liaisonctl explain %s. The first:%s",
        w->row->headline, w->row->identifier, n, w->row->id, names->str);
    struct alarm *a =
        alarm_new(w->closing->config, ALARM_DUTY_DESK, "alarm.unreached", w->row->id,
                  "A broadcast expired before everybody was reached", text, w->now_ms);
    return closing_raise(s, w->closing, a, error);
}

static bool close_it(struct store *s, struct round *w, GError **error)
{
    unsigned moved;
    bool asked = false;
    w->closed = true;
    return report_unreached(s, w, &asked, error) &&
           s->ops->obligations_move(s, w->row->no, OBLIGATION_ON_EXPIRED, &moved, error) &&
           s->ops->broadcast_set_state(s, w->row->no, BROADCAST_CLOSED, error) &&
           s->ops->custody_drop(s, w->row->no, error) &&
           journal_tell(s, hand_of(w), w->row, "broadcast.expired", NULL, NULL, error) &&
           journal_tell(s, hand_of(w), w->row, "broadcast.closed", NULL, NULL, error) &&
           (!asked || closing_report(s, w->closing, w->row->no, error));
}

static bool sweep_one(struct store *s, void *arg, GError **error)
{
    struct round *w = arg;
    g_autoptr(GArray) overdue = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (!s->ops->broadcast_overdue(s, w->now_ms, 1, overdue, &w->next_ms, error))
        return false;
    if (overdue->len == 0)
        return s->ops->idempotency_sweep(s, w->now_ms - EXPIRY_KEEP_KEYS_MS, error) &&
               s->ops->link_sweep(s, w->now_ms,
                                  w->closing->config->acknowledge.link_days * EXPIRY_DAY_MS, error);
    if (!s->ops->broadcast_by_no(s, g_array_index(overdue, int64_t, 0), &w->row, error))
        return false;
    if (!withdraw(s, w, error))
        return false;
    return w->withdrawn > 0 || close_it(s, w, error);
}

static void swept(void *arg, const GError *error)
{
    struct round *w = arg;
    struct service *s = w->sweep->service;
    if (!error && w->row) {
        if (w->closed)
            log_event(LOG_LEVEL_INFO, "broadcast.expired", LOG_STR("id", w->row->id));
        delivery_log_wake(s->log);
    }
    sweep_done(w->sweep, error, w->now_ms, w->row != NULL, w->next_ms);
    if (w->row)
        broadcast_row_free(w->row);
    closing_done(s, w->closing, !error);
    g_free(w);
}

static void look(void *ctx, int64_t now_ms)
{
    struct sweep *sweep = ctx;
    struct service *s = sweep->service;
    struct round *w = g_new0(struct round, 1);
    w->sweep = sweep;
    w->now_ms = now_ms;
    w->next_ms = INT64_MAX;
    w->closing = closing_new(s);
    store_thread_submit(s->store, sweep_one, swept, w);
}

struct sweep *expiry_new(struct service *s)
{
    return sweep_new(s, look);
}

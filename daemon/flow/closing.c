#include "flow/closing.h"

#include "base/log.h"
#include "flow/dispatch.h"
#include "flow/dossier.h"
#include "flow/journal.h"
#include "flow/sweep.h"
#include "wire/after_action_text.h"

struct closing *closing_new(struct service *s)
{
    struct closing *c = g_new0(struct closing, 1);
    c->config = config_ref(s->config);
    c->templates = template_set_ref(s->templates);
    c->now_ms = service_now_ms(s);
    c->ids = g_ptr_array_new_with_free_func(g_free);
    c->reports = g_ptr_array_new_with_free_func((GDestroyNotify)alarm_free);
    return c;
}

void closing_reset(struct closing *c)
{
    g_ptr_array_set_size(c->ids, 0);
    g_ptr_array_set_size(c->reports, 0);
}

/* One person's answer silences nobody else's message: while any is on its way, it is not over. */
static bool is_quiet(struct store *s, int64_t no, bool *quiet, GError **error)
{
    static const enum notification_state on_their_way[] = { NOTIFICATION_QUEUED,
                                                            NOTIFICATION_SENDING,
                                                            NOTIFICATION_DEFERRED };
    struct broadcast_progress progress;
    if (!s->ops->broadcast_progress(s, no, &progress, error))
        return false;
    *quiet = true;
    for (size_t i = 0; i < G_N_ELEMENTS(on_their_way); i++)
        *quiet = *quiet && progress.by_state[on_their_way[i]] == 0;
    return true;
}

/* NULL: nobody is configured to hear it. */
static struct alarm *compose(const struct closing *c, const struct dossier *d)
{
    struct after_action *a = dossier_after_action(d, c->config, c->now_ms);
    g_autofree char *subject = after_action_subject(a);
    g_autofree char *text = after_action_text(a, c->templates);
    after_action_free(a);
    return alarm_new(c->config, ALARM_DUTY_DESK, "alarm.report", d->file->row->id, subject, text,
                     c->now_ms);
}

bool closing_raise(struct store *s, struct closing *c, struct alarm *a, GError **error)
{
    if (!a)
        return true;
    g_ptr_array_add(c->reports, a);
    return alarm_store(s, a, c->config->node, c->now_ms, error);
}

bool closing_report(struct store *s, struct closing *c, int64_t no, GError **error)
{
    struct dossier *d = dossier_read(s, no, error);
    if (!d)
        return false;
    struct alarm *report = d->file->row->status == STATUS_SYSTEM ? NULL : compose(c, d);
    dossier_free(d);
    return closing_raise(s, c, report, error);
}

static bool close_it(struct store *s, struct closing *c, const struct broadcast_row *row,
                     GError **error)
{
    struct journal_hand hand = { c->config->node, c->now_ms };
    g_ptr_array_add(c->ids, g_strdup(row->id));
    return s->ops->broadcast_set_state(s, row->no, BROADCAST_CLOSED, error) &&
           s->ops->custody_drop(s, row->no, error) &&
           journal_tell(s, hand, row, "broadcast.closed", NULL, "nothing of it is left to be done",
                        error) &&
           closing_report(s, c, row->no, error);
}

bool closing_look(struct store *s, struct closing *c, int64_t no, GError **error)
{
    bool left, asks, quiet = false;
    if (!s->ops->obligations_left(s, no, &left, &asks, error))
        return false;
    if (left || !asks)
        return true;
    if (!is_quiet(s, no, &quiet, error))
        return false;
    struct broadcast_row *row = NULL;
    if (!quiet)
        return true;
    if (!s->ops->broadcast_by_no(s, no, &row, error))
        return false;
    bool ok = !row || row->state != BROADCAST_RELEASED || close_it(s, c, row, error);
    if (row)
        broadcast_row_free(row);
    return ok;
}

static void wake(struct service *s, const struct closing *c)
{
    for (guint i = 0; i < c->ids->len; i++)
        log_event(LOG_LEVEL_INFO, "broadcast.closed", LOG_STR("id", g_ptr_array_index(c->ids, i)));
    for (guint i = 0; i < c->reports->len; i++) {
        const struct alarm *a = g_ptr_array_index(c->reports, i);
        dispatch_wake_plan(s->dispatch, a->plan);
        sweep_note(s->expiry, a->plan->deadline_ms);
    }
}

void closing_done(struct service *s, struct closing *c, bool committed)
{
    if (committed)
        wake(s, c);
    config_unref(c->config);
    template_set_unref(c->templates);
    g_ptr_array_unref(c->ids);
    g_ptr_array_unref(c->reports);
    g_free(c);
}

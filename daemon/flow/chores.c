#include "flow/chores.h"

#include "base/log.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "flow/sweep.h"
#include "flow/sweeps.h"
#include "model/retry.h"

struct entry {
    struct chores *chores;
    struct chore chore;
    struct config *config; /* one reference */
    int64_t now_ms;        /* of this try */
    unsigned brought_back;
};

struct chores {
    struct service *service;
    GQueue waiting; /* struct entry *: the first may be with the store */
    bool busy;
};

static void entry_free(struct entry *e)
{
    if (e->chore.record)
        record_free(e->chore.record);
    alarm_free(e->chore.alarm);
    config_unref(e->config);
    g_free(e);
}

static bool bring_back(struct store *s, struct entry *e, GError **error)
{
    int64_t longest_ms[URGENCY_UNKNOWN + 1];
    for (int u = 0; u <= URGENCY_UNKNOWN; u++)
        longest_ms[u] = retry_longest_ms(&e->config->dispatch.policy[u]);
    return s->ops->clock_back(s, e->now_ms, longest_ms, &e->brought_back, error);
}

static bool write_down(struct store *s, void *arg, GError **error)
{
    struct entry *e = arg;
    const struct chore *c = &e->chore;
    return (!c->back || bring_back(s, e, error)) &&
           (!c->record || s->ops->journal_append(s, c->record, error)) &&
           (!c->alarm || alarm_store(s, c->alarm, e->config->node, e->now_ms, error));
}

static void written(void *arg, const GError *error)
{
    struct entry *e = arg;
    struct chores *c = e->chores;
    struct service *s = c->service;
    service_note_store(s, error);
    c->busy = false;
    if (error)
        return;
    g_queue_pop_head(&c->waiting);
    if (e->brought_back > 0)
        log_event(LOG_LEVEL_INFO, "clock.brought_back", LOG_INT("due_again", e->brought_back));
    if (e->chore.alarm) {
        dispatch_wake_plan(s->dispatch, e->chore.alarm->plan);
        sweep_note(s->expiry, e->chore.alarm->plan->deadline_ms);
    }
    if (e->chore.rethink) {
        dispatch_rethink(s->dispatch);
        sweeps_start(s);
    }
    delivery_log_wake(s->log);
    entry_free(e);
    chores_look(c);
}

void chores_look(struct chores *c)
{
    struct entry *e = g_queue_peek_head(&c->waiting);
    if (!e || c->busy)
        return;
    c->busy = true;
    e->now_ms = service_now_ms(c->service);
    e->brought_back = 0;
    store_thread_submit(c->service->store, write_down, written, e);
}

void chores_add(struct chores *c, struct chore what)
{
    struct entry *e = g_new0(struct entry, 1);
    e->chores = c;
    e->chore = what;
    e->config = config_ref(c->service->config);
    g_queue_push_tail(&c->waiting, e);
    chores_look(c);
}

struct chores *chores_new(struct service *s)
{
    struct chores *c = g_new0(struct chores, 1);
    c->service = s;
    g_queue_init(&c->waiting);
    return c;
}

void chores_free(struct chores *c)
{
    g_queue_clear_full(&c->waiting, (GDestroyNotify)entry_free);
    g_free(c);
}

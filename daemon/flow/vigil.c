#include "flow/vigil.h"

#include "base/log.h"
#include "flow/chores.h"
#include "flow/store_watch.h"
#include "model/record.h"

struct vigil {
    struct service *service;
    struct chores *chores;
    struct store_watch *watch;
    struct loop_timer *timer;
    struct clock_mark mark;
    bool
        back; /* set back at the last look: what was on its way to the store by then is there now */
};

static void stepped(struct vigil *v, int64_t by_ms, const char *when)
{
    bool back = by_ms < 0;
    struct chore what = { .record = service_record(v->service, "clock.stepped"),
                          .back = back,
                          .rethink = true };
    what.record->reply =
        g_strdup_printf("the wall clock went %s by %" G_GINT64_FORMAT " s %s",
                        back ? "back" : "forward", (ABS(by_ms) + 500) / 1000, when);
    log_event(LOG_LEVEL_WARN, "clock.stepped", LOG_INT("by_ms", by_ms),
              LOG_STR("reason", what.record->reply));
    chores_add(v->chores, what);
    v->back = back;
}

static void look(void *ctx)
{
    struct vigil *v = ctx;
    log_flush();
    if (v->back)
        chores_add(v->chores, (struct chore){ .back = true, .rethink = true });
    v->back = false;
    int64_t by_ms = clock_stepped_ms(&v->mark, v->service->clock);
    if (by_ms)
        stepped(v, by_ms, "while the daemon ran");
    if (!v->service->stopping) /* the channels may be gone */
        store_watch_look(v->watch);
    chores_look(v->chores);
    loop_timer_arm(v->timer, VIGIL_MS);
}

/* However short an outage is, it is seen. */
static void look_soon(void *ctx)
{
    struct vigil *v = ctx;
    loop_timer_arm(v->timer, 0);
}

/* --- while it was down --- */

struct last {
    struct vigil *vigil;
    int64_t time_ms; /* of the last record; 0: none */
};

static bool read_last(struct store *s, void *arg, GError **error)
{
    struct last *l = arg;
    struct record_filter all = { 0 };
    g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    char hash[RECORD_HASH_LEN + 1];
    int64_t seq = 0;
    if (!s->ops->journal_last(s, &seq, hash, error) ||
        !s->ops->journal_read(s, &all, seq - 1, 1, records, error))
        return false;
    if (records->len > 0)
        l->time_ms = ((struct record *)g_ptr_array_index(records, 0))->time_ms;
    return true;
}

static void was_read(void *arg, const GError *error)
{
    struct last *l = arg;
    int64_t ahead_ms = l->time_ms - service_now_ms(l->vigil->service);
    if (!error && ahead_ms >= CLOCK_STEP_MS)
        stepped(l->vigil, -ahead_ms, "before the daemon started");
    g_free(l);
}

struct vigil *vigil_new(struct service *s, struct channel *const channels[])
{
    struct vigil *v = g_new0(struct vigil, 1);
    v->service = s;
    v->chores = chores_new(s);
    v->watch = store_watch_new(s, v->chores, channels);
    v->timer = loop_timer_new(s->loop, look, v);
    v->mark = clock_mark_now(s->clock);
    s->store_changed = look_soon;
    s->store_changed_ctx = v;
    struct last *l = g_new0(struct last, 1);
    l->vigil = v;
    store_thread_submit(s->store, read_last, was_read, l);
    loop_timer_arm(v->timer, VIGIL_MS);
    return v;
}

void vigil_free(struct vigil *v)
{
    v->service->store_changed = NULL;
    loop_timer_free(v->timer);
    store_watch_free(v->watch);
    chores_free(v->chores);
    g_free(v);
}

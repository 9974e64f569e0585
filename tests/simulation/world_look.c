/* Looking into the store of a world, as the daemon left it. */
#include "world.h"

struct look {
    enum { LOOK_PROGRESS, LOOK_RECORDS, LOOK_ROW } what;
    struct broadcast_progress progress;
    const char *id, *event;
    struct broadcast_row *row;
    unsigned count;
    bool done;
};

static bool look_at(struct store *s, void *arg, GError **error)
{
    struct look *k = arg;
    if (k->what == LOOK_ROW)
        return s->ops->broadcast_by_id(s, k->id, &k->row, error);
    if (k->what == LOOK_PROGRESS) {
        struct broadcast_row *row = NULL;
        bool ok = s->ops->broadcast_by_id(s, world_last_id(), &row, error) && row &&
                  s->ops->broadcast_progress(s, row->no, &k->progress, error);
        broadcast_row_free(row);
        return ok;
    }
    struct record_filter all = { 0 };
    int64_t after = 0;
    for (;;) {
        g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
        if (!s->ops->journal_read(s, &all, after, 500, page, error))
            return false;
        for (guint i = 0; i < page->len; i++) {
            const struct record *r = g_ptr_array_index(page, i);
            g_assert_cmpint(r->seq, ==, after + 1); /* gap-free */
            after = r->seq;
            k->count += g_str_equal(r->event, k->event);
        }
        if (page->len == 0)
            return true;
    }
}

static void looked(void *arg, const GError *error)
{
    struct look *k = arg;
    g_assert_no_error(error);
    k->done = true;
}

static struct look look(struct world *w, struct look k)
{
    store_thread_submit(w->service.store, look_at, looked, &k);
    virtual_run_until(w->service.loop, world_now_ms(w));
    g_assert_true(k.done);
    return k;
}

unsigned world_notifications(struct world *w, enum notification_state s)
{
    return look(w, (struct look){ .what = LOOK_PROGRESS }).progress.by_state[s];
}

unsigned world_obligations(struct world *w, enum obligation_state s)
{
    return look(w, (struct look){ .what = LOOK_PROGRESS }).progress.obligations[s];
}

unsigned world_records(struct world *w, const char *event)
{
    return look(w, (struct look){ .what = LOOK_RECORDS, .event = event }).count;
}

struct broadcast_row *world_row(struct world *w, const char *id)
{
    return look(w, (struct look){ .what = LOOK_ROW, .id = id }).row;
}

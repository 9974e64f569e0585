#include "flow/outage.h"

#include "base/log.h"
#include "flow/closing.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "flow/outage_way.h"
#include "model/breaker.h"
#include "model/record.h"
#include "wire/notice_time.h"

#define OUTAGE_RETRY_MS 1000
#define OUTAGE_NAMED 20 /* destinations that an alarm names */

struct news {
    struct outage_row row;
    enum outage_event event;
    bool again; /* it was taken once; there are more broadcasts to be looked at */
};

struct outages {
    struct service *service;
    GPtrArray *waiting;  /* struct news * */
    struct batch *batch; /* with the store; NULL: none */
    struct loop_timer *timer;
    GHashTable *seen; /* lane -> broadcast number -> is it done?; the batch's while there is one */
    GArray *grown;    /* int64_t: to be taken out of it after the batch */
};

struct batch {
    struct outages *owner;
    GPtrArray *news;
    struct closing *closing; /* has the configuration and the time; carries the alarm */
    GPtrArray *ways;         /* struct outage_way *, one for each that is down */
    bool more;               /* of broadcasts to be looked at */
};

static void news_free(struct news *n)
{
    g_free(n->row.lane);
    g_free(n->row.reply);
    g_free(n);
}

static void batch_free(struct batch *b, bool committed)
{
    closing_done(b->owner->service, b->closing, committed);
    g_ptr_array_unref(b->news);
    g_ptr_array_unref(b->ways);
    g_free(b);
}

/* --- on the store thread --- */

static bool write_down(struct store *s, const struct batch *b, const struct news *n,
                       const char *event, GError **error)
{
    struct record *r = record_new(event, b->closing->now_ms);
    r->node = g_strdup(b->closing->config->node);
    r->endpoint = g_strdup(n->row.lane);
    r->reply = g_strdup(n->row.reply);
    r->duration_ms = MAX(b->closing->now_ms - n->row.since_ms, 0);
    bool ok = s->ops->journal_append(s, r, error);
    record_free(r);
    return ok;
}

static bool take(struct store *s, const struct batch *b, const struct news *n, GError **error)
{
    unsigned count;
    switch (n->event) {
    case OUTAGE_DOWN:
        return s->ops->outage_put(s, &n->row, error) &&
               write_down(s, b, n, "destination.down", error);
    case OUTAGE_LASTS:
        return s->ops->outage_put(s, &n->row, error);
    case OUTAGE_OVER:
        return s->ops->outage_remove(s, n->row.lane, error) &&
               s->ops->lane_hasten(s, n->row.lane, b->closing->now_ms, &count, error) &&
               write_down(s, b, n, "destination.up", error);
    }
    return false;
}

static unsigned describe(const struct batch *b, GString *names, GString *lines)
{
    unsigned n = 0;
    for (guint i = 0; i < b->news->len; i++) {
        const struct news *news = g_ptr_array_index(b->news, i);
        if (news->event != OUTAGE_DOWN || n++ >= OUTAGE_NAMED)
            continue;
        g_autofree char *since = notice_time_utc(news->row.since_ms);
        const char *name = g_str_equal(news->row.lane, "smtp") ? "the mail relay" : news->row.lane;
        g_string_append_printf(names, "%s%s", names->len ? ", " : "", name);
        g_string_append_printf(lines, "\n%s, since %s: %s", name, since, news->row.reply);
    }
    return n;
}

/* One for all that went down together. */
static bool alarm_desk(struct store *s, const struct batch *b, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL), lines = g_string_new(NULL);
    unsigned n = describe(b, names, lines);
    if (n == 0)
        return true;
    g_autofree char *headline = n == 1 ? g_strdup_printf("A destination is down: %s", names->str)
                                       : g_strdup_printf("%u destinations are down", n);
    g_autofree char *text = g_strdup_printf(
        "Every attempt fails, for a minute or more:%s%s\n\n"
        "What waits is kept and tried by itself, once a minute while any of it is immediate, else "
        "every five minutes, and at once when an immediate broadcast comes. Whoever cannot be "
        "told in another way becomes the duty contact's: after one minute (urgency immediate), "
        "five (expected) or sixty. Whose destination it is should be told to look at it. "
        "What waits: liaisonctl destinations. Whom to call: liaisonctl unreached ID.",
        lines->str, n > OUTAGE_NAMED ? "\nand more" : "");
    struct alarm *a = alarm_new(b->closing->config, ALARM_DUTY_DESK, "alarm.destination", "",
                                headline, text, b->closing->now_ms);
    return closing_raise(s, b->closing, a, error);
}

static GHashTable *read_down(struct store *s, GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)outage_row_free);
    if (!s->ops->outage_list(s, rows, error))
        return NULL;
    GHashTable *down = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < rows->len; i++)
        g_hash_table_add(down, g_strdup(((struct outage_row *)g_ptr_array_index(rows, i))->lane));
    return down;
}

static bool find_ways(struct store *s, struct batch *b, GError **error)
{
    g_autoptr(GHashTable) down = read_down(s, error);
    unsigned left = OUTAGE_CHUNK;
    for (guint i = 0; down && i < b->news->len; i++) {
        const struct news *n = g_ptr_array_index(b->news, i);
        if (n->event == OUTAGE_OVER || !g_hash_table_contains(down, n->row.lane))
            continue;
        struct outage_way *w =
            outage_way_new(b->closing->config, &n->row, down, b->closing->now_ms);
        g_ptr_array_add(b->ways, w);
        if (!outage_way_find(s, w, g_hash_table_lookup(b->owner->seen, n->row.lane), &left, error))
            return false;
        b->more = b->more || w->more;
    }
    return down != NULL;
}

/* Runs again from the start if it failed before. */
static bool store_batch(struct store *s, void *arg, GError **error)
{
    struct batch *b = arg;
    closing_reset(b->closing);
    g_ptr_array_set_size(b->ways, 0);
    b->more = false;
    for (guint i = 0; i < b->news->len; i++)
        if (!take(s, b, g_ptr_array_index(b->news, i), error))
            return false;
    return alarm_desk(s, b, error) && find_ways(s, b, error);
}

/* --- on the loop thread --- */

static void tell(struct outages *o, const struct news *n)
{
    int64_t for_s = (service_now_ms(o->service) - n->row.since_ms) / 1000;
    if (n->event == OUTAGE_DOWN) {
        log_event(LOG_LEVEL_ERROR, "destination.down", LOG_STR("destination", n->row.lane),
                  LOG_INT("for_s", for_s), LOG_STR("reason", n->row.reply));
    } else if (n->event == OUTAGE_OVER) {
        log_event(LOG_LEVEL_INFO, "destination.up", LOG_STR("destination", n->row.lane),
                  LOG_INT("after_s", for_s));
        g_hash_table_remove(o->seen, n->row.lane);
        dispatch_wake_all(o->service->dispatch, n->row.lane);
    }
}

static void remember(struct outages *o, const struct outage_way *w)
{
    GHashTable *seen = g_hash_table_lookup(o->seen, w->lane);
    if (!seen) {
        seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
        g_hash_table_insert(o->seen, g_strdup(w->lane), seen);
    }
    for (guint i = 0; i < w->looked->len; i++) {
        const struct outage_look *look = &g_array_index(w->looked, struct outage_look, i);
        g_hash_table_insert(seen, g_memdup2(&look->no, sizeof look->no),
                            GINT_TO_POINTER(look->done));
    }
    for (guint i = 0; i < w->grown->len; i++)
        dispatch_forget(o->service->dispatch, g_array_index(w->grown, int64_t, i));
    dispatch_wake_added(o->service->dispatch, w->added);
}

/* It was when the batch was stored, and not over with it. */
static bool is_down(const struct batch *b, const struct news *n)
{
    bool is = false;
    for (guint i = 0; i < b->ways->len && !is; i++)
        is = g_str_equal(((struct outage_way *)g_ptr_array_index(b->ways, i))->lane, n->row.lane);
    return is && n->event != OUTAGE_OVER;
}

static void look_again(struct outages *o, struct batch *b)
{
    for (guint i = b->news->len; i > 0; i--) {
        struct news *n = g_ptr_array_index(b->news, i - 1);
        if (!is_down(b, n))
            continue;
        n->event = OUTAGE_LASTS;
        n->again = true;
        g_ptr_array_insert(o->waiting, 0, g_ptr_array_steal_index(b->news, i - 1));
    }
}

static void stored(void *arg, const GError *error)
{
    struct batch *b = arg;
    struct outages *o = b->owner;
    service_note_store(o->service, error);
    if (error) {
        loop_timer_arm(o->timer, OUTAGE_RETRY_MS);
        return;
    }
    o->batch = NULL;
    for (guint i = 0; i < b->ways->len; i++)
        remember(o, g_ptr_array_index(b->ways, i));
    for (guint i = 0; i < b->news->len; i++)
        tell(o, g_ptr_array_index(b->news, i));
    if (b->more)
        look_again(o, b);
    batch_free(b, true);
    delivery_log_wake(o->service->log);
    if (o->waiting->len > 0)
        loop_timer_arm(o->timer, 0);
}

static gboolean is_open(gpointer no, gpointer done, gpointer ctx)
{
    (void)no;
    (void)ctx;
    return !GPOINTER_TO_INT(done);
}

static void forget(struct outages *o, int64_t broadcast_no)
{
    GHashTableIter at;
    gpointer seen;
    g_hash_table_iter_init(&at, o->seen);
    while (g_hash_table_iter_next(&at, NULL, &seen))
        g_hash_table_remove(seen, &broadcast_no);
}

/* Who was found then is looked for again now. */
static void reconsider(struct outages *o)
{
    for (guint i = 0; i < o->grown->len; i++)
        forget(o, g_array_index(o->grown, int64_t, i));
    g_array_set_size(o->grown, 0);
    for (guint i = 0; i < o->waiting->len; i++) {
        const struct news *n = g_ptr_array_index(o->waiting, i);
        GHashTable *seen = g_hash_table_lookup(o->seen, n->row.lane);
        if (seen && !n->again)
            g_hash_table_foreach_remove(seen, is_open, NULL);
    }
}

static void submit(struct outages *o)
{
    reconsider(o);
    struct batch *b = g_new0(struct batch, 1);
    b->owner = o;
    b->news = o->waiting;
    b->closing = closing_new(o->service);
    b->ways = g_ptr_array_new_with_free_func((GDestroyNotify)outage_way_free);
    o->waiting = g_ptr_array_new_with_free_func((GDestroyNotify)news_free);
    o->batch = b;
    store_thread_submit(o->service->store, store_batch, stored, b);
}

/* The timer stands for "gathered" and for "again after a failure". */
static void due(void *ctx)
{
    struct outages *o = ctx;
    if (o->service->stopping)
        return;
    if (o->batch)
        store_thread_submit(o->service->store, store_batch, stored, o->batch);
    else if (o->waiting->len > 0)
        submit(o);
}

void outages_tell(struct outages *o, const char *lane, enum outage_event event, int64_t since_ms,
                  const char *reply)
{
    struct news *n = g_new0(struct news, 1);
    n->row = (struct outage_row){ .lane = g_strdup(lane),
                                  .reply = g_strdup(reply ? reply : ""),
                                  .since_ms = since_ms };
    n->event = event;
    g_ptr_array_add(o->waiting, n);
    if (!o->batch && o->waiting->len == 1)
        loop_timer_arm(o->timer, OUTAGE_GATHER_MS);
}

void outages_grown(struct outages *o, int64_t broadcast_no)
{
    if (o->batch)
        g_array_append_val(o->grown, broadcast_no);
    else
        forget(o, broadcast_no);
}

struct outages *outages_new(struct service *s)
{
    struct outages *o = g_new0(struct outages, 1);
    o->service = s;
    o->waiting = g_ptr_array_new_with_free_func((GDestroyNotify)news_free);
    o->seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
    o->grown = g_array_new(FALSE, FALSE, sizeof(int64_t));
    o->timer = loop_timer_new(s->loop, due, o);
    return o;
}

void outages_free(struct outages *o)
{
    loop_timer_free(o->timer);
    if (o->batch)
        batch_free(o->batch, false);
    g_ptr_array_unref(o->waiting);
    g_hash_table_unref(o->seen);
    g_array_unref(o->grown);
    g_free(o);
}

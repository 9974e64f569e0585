#include "flow/lookup.h"

#include "flow/coverage.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "flow/story.h"
#include "model/life.h"
#include "wire/broadcast_json.h"
#include <string.h>

#define LOOKUP_PAGE 1000        /* rows a read of one kind */
#define LOOKUP_MAX_RECORDS 5000 /* of one story */

struct lookup {
    struct service *service;
    struct config *config; /* one reference: the loop's may change meanwhile */
    char *id, *mission;
    int what;
    struct lookup_broadcast result;
    struct broadcast_row *row;
    GPtrArray *missions, *obligations, *notifications, *records, *answers, *versions, *story;
    lookup_broadcast_fn fn;
    void *ctx;
};

static void lookup_free(struct lookup *k)
{
    if (k->row)
        broadcast_row_free(k->row);
    g_ptr_array_unref(k->missions);
    g_ptr_array_unref(k->obligations);
    g_ptr_array_unref(k->notifications);
    g_ptr_array_unref(k->records);
    g_ptr_array_unref(k->answers);
    config_unref(k->config);
    g_ptr_array_unref(k->versions);
    g_ptr_array_unref(k->story);
    g_free(k->id);
    g_free(k->mission);
    g_free(k);
}

static bool read_notifications(struct store *s, struct lookup *k, GError **error)
{
    uint32_t after = 0;
    guint before;
    do {
        before = k->notifications->len;
        if (!s->ops->notifications(s, k->row->no, after, LOOKUP_PAGE, k->notifications, error))
            return false;
        if (k->notifications->len > before) {
            const struct notification *last =
                g_ptr_array_index(k->notifications, k->notifications->len - 1);
            after = (uint32_t)(last->id & NOTIFICATION_MAX_ORDINAL);
        }
    } while (k->notifications->len - before == LOOKUP_PAGE);
    return true;
}

static bool read_story(struct store *s, struct lookup *k, GError **error)
{
    struct record_filter of = { .broadcast = k->id, .mission = k->mission };
    return s->ops->missions(s, k->row->no, k->missions, error) &&
           s->ops->obligations(s, k->row->no, k->obligations, error) &&
           read_notifications(s, k, error) &&
           s->ops->acknowledgements(s, k->row->no, 0, k->answers, error) &&
           s->ops->journal_read(s, &of, 0, LOOKUP_MAX_RECORDS, k->records, error) &&
           (!k->mission || story_read(s, k->row, k->mission, k->versions, k->story, error));
}

static bool read_it(struct store *s, void *arg, GError **error)
{
    struct lookup *k = arg;
    if (!s->ops->broadcast_by_id(s, k->id, &k->row, error))
        return false;
    if (!k->row)
        return true;
    if (!s->ops->broadcast_progress(s, k->row->no, &k->result.progress, error) ||
        !coverage_read(s, k->config, k->row, &k->result.asks, &k->result.coverage, error))
        return false;
    return k->what != LOOKUP_EXPLAIN || read_story(s, k, error);
}

static bool is_about(const struct obligation *o, const char *mission)
{
    return g_ptr_array_find_with_equal_func(o->missions, mission, g_str_equal, NULL);
}

/* Leaves what concerns the one mission. */
static void narrow(struct lookup *k)
{
    g_autoptr(GHashTable) kept = g_hash_table_new(NULL, NULL);
    for (guint i = k->missions->len; i > 0; i--)
        if (!g_str_equal(((struct affected_mission *)g_ptr_array_index(k->missions, i - 1))->id,
                         k->mission))
            g_ptr_array_remove_index(k->missions, i - 1);
    for (guint i = k->obligations->len; i > 0; i--) {
        struct obligation *o = g_ptr_array_index(k->obligations, i - 1);
        if (is_about(o, k->mission))
            g_hash_table_add(kept, GUINT_TO_POINTER(o->ordinal));
        else
            g_ptr_array_remove_index(k->obligations, i - 1);
    }
    for (guint i = k->notifications->len; i > 0; i--) {
        const struct notification *n = g_ptr_array_index(k->notifications, i - 1);
        bool serves = false;
        for (guint o = 0; o < n->obligations->len && !serves; o++)
            serves = g_hash_table_contains(
                kept, GUINT_TO_POINTER(g_array_index(n->obligations, uint32_t, o)));
        if (!serves)
            g_ptr_array_remove_index(k->notifications, i - 1);
    }
}

static void read_done(void *arg, const GError *error)
{
    struct lookup *k = arg;
    k->result.row = k->row;
    if (k->row && k->what == LOOKUP_EXPLAIN) {
        if (k->mission)
            narrow(k);
        k->result.mission = k->mission;
        k->result.missions = k->missions;
        k->result.obligations = k->obligations;
        k->result.notifications = k->notifications;
        k->result.records = k->records;
        k->result.answers = k->answers;
        k->result.versions = k->versions;
        k->result.story = k->story;
    }
    k->fn(&k->result, error ? error->message : NULL, k->ctx);
    lookup_free(k);
}

void lookup_broadcast(struct service *s, const char *id, int what, const char *mission,
                      lookup_broadcast_fn fn, void *ctx)
{
    struct lookup *k = g_new0(struct lookup, 1);
    k->service = s;
    k->config = config_ref(s->config);
    k->id = g_strdup(id);
    k->mission = g_strdup(mission);
    k->what = what;
    k->missions = g_ptr_array_new_with_free_func((GDestroyNotify)affected_mission_free);
    k->obligations = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    k->notifications = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    k->records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    k->answers = g_ptr_array_new_with_free_func((GDestroyNotify)acknowledgement_row_free);
    k->versions = g_ptr_array_new_with_free_func((GDestroyNotify)story_version_free);
    k->story = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    k->fn = fn;
    k->ctx = ctx;
    store_thread_submit(s->store, read_it, read_done, k);
}

struct source {
    char *id;
    struct broadcast_row *row;
    GBytes *bytes;
    lookup_source_fn fn;
    void *ctx;
};

static bool read_source(struct store *s, void *arg, GError **error)
{
    struct source *k = arg;
    return s->ops->broadcast_by_id(s, k->id, &k->row, error) &&
           (!k->row || s->ops->broadcast_source(s, k->row->no, &k->bytes, error));
}

static void source_read(void *arg, const GError *error)
{
    struct source *k = arg;
    k->fn(k->row, k->bytes, error ? error->message : NULL, k->ctx);
    if (k->row)
        broadcast_row_free(k->row);
    g_clear_pointer(&k->bytes, g_bytes_unref);
    g_free(k->id);
    g_free(k);
}

void lookup_source(struct service *s, const char *id, lookup_source_fn fn, void *ctx)
{
    struct source *k = g_new0(struct source, 1);
    k->id = g_strdup(id);
    k->fn = fn;
    k->ctx = ctx;
    store_thread_submit(s->store, read_source, source_read, k);
}

struct last {
    int64_t seq;
    lookup_last_fn fn;
    void *ctx;
};

static bool read_last(struct store *s, void *arg, GError **error)
{
    return s->ops->journal_last(s, &((struct last *)arg)->seq, NULL, error);
}

static void last_read(void *arg, const GError *error)
{
    struct last *l = arg;
    l->fn(l->seq, error ? error->message : NULL, l->ctx);
    g_free(l);
}

void lookup_last(struct service *s, lookup_last_fn fn, void *ctx)
{
    struct last *l = g_new0(struct last, 1);
    l->fn = fn;
    l->ctx = ctx;
    store_thread_submit(s->store, read_last, last_read, l);
}

struct hasten {
    struct service *service;
    char *id;
    struct record *record;
    int64_t now_ms;
    struct lookup_retried result;
    GPtrArray *lanes; /* char * */
    lookup_retried_fn fn;
    void *ctx;
};

/* A push moves nothing before its time: `effective` is its sender's word. */
static int64_t held_until_ms(const struct broadcast_row *row, int64_t now_ms)
{
    struct faults *f = faults_new();
    struct broadcast *b = broadcast_json_read_stored(row->body, strlen(row->body), f);
    int64_t held_ms = b ? life_held_until_ms(b, now_ms) : 0;
    if (b)
        broadcast_unref(b);
    faults_free(f);
    return held_ms;
}

static bool hasten_it(struct store *s, void *arg, GError **error)
{
    struct hasten *h = arg;
    struct broadcast_row *row = NULL;
    if (!s->ops->broadcast_by_id(s, h->id, &row, error))
        return false;
    if (!row)
        return true;
    struct lookup_retried *r = &h->result;
    r->found = true;
    r->held_until_ms = held_until_ms(row, h->now_ms);
    int64_t due_ms = MAX(h->now_ms, r->held_until_ms);
    bool ok = s->ops->hasten(s, row->no, due_ms, h->lanes, &r->count, error) &&
              s->ops->journal_append(s, h->record, error);
    broadcast_row_free(row);
    return ok;
}

static void hastened(void *arg, const GError *error)
{
    struct hasten *h = arg;
    service_note_store(h->service, error);
    for (guint i = 0; !error && i < h->lanes->len; i++)
        dispatch_wake_all(h->service->dispatch, g_ptr_array_index(h->lanes, i));
    if (!error)
        delivery_log_wake(h->service->log);
    h->fn(&h->result, error ? error->message : NULL, h->ctx);
    g_ptr_array_unref(h->lanes);
    record_free(h->record);
    g_free(h->id);
    g_free(h);
}

void lookup_retry(struct service *s, const char *id, const char *principal, lookup_retried_fn fn,
                  void *ctx)
{
    struct hasten *h = g_new0(struct hasten, 1);
    h->service = s;
    h->id = g_strdup(id);
    h->record = service_record(s, "broadcast.retried");
    h->record->broadcast = g_strdup(id);
    h->record->reply = g_strdup_printf("asked for by %s", principal);
    h->now_ms = service_now_ms(s);
    h->lanes = g_ptr_array_new_with_free_func(g_free);
    h->fn = fn;
    h->ctx = ctx;
    store_thread_submit(s->store, hasten_it, hastened, h);
}

#include "flow/listing.h"

struct listing {
    bool (*read)(struct store *s, struct listing *l, GError **error);
    GPtrArray *rows;
    int64_t after;
    unsigned limit;
    struct record_filter records;
    struct matter_filter matters;
    char
        *strings[5]; /* owned, what a filter points at; [0] also an identifier, or a mission's id */
    listing_fn fn;
    void *ctx;
};

static bool read_rows(struct store *s, void *arg, GError **error)
{
    struct listing *l = arg;
    return l->read(s, l, error);
}

static void rows_read(void *arg, const GError *error)
{
    struct listing *l = arg;
    l->fn(l->rows, error ? error->message : NULL, l->ctx);
    g_ptr_array_unref(l->rows);
    for (size_t i = 0; i < G_N_ELEMENTS(l->strings); i++)
        g_free(l->strings[i]);
    g_free(l);
}

static void submit(struct service *s, const struct listing *with, GDestroyNotify free_row)
{
    struct listing *l = g_memdup2(with, sizeof *with);
    l->rows = g_ptr_array_new_with_free_func(free_row);
    store_thread_submit(s->store, read_rows, rows_read, l);
}

static bool read_broadcasts(struct store *s, struct listing *l, GError **error)
{
    return s->ops->broadcast_list(s, l->strings[0], l->after, l->limit, l->rows, error);
}

void listing_broadcasts(struct service *s, const char *identifier, int64_t before_no,
                        unsigned limit, listing_fn fn, void *ctx)
{
    struct listing l = { read_broadcasts, .after = before_no, .limit = limit, .fn = fn,
                         .ctx = ctx };
    l.strings[0] = g_strdup(identifier);
    submit(s, &l, (GDestroyNotify)broadcast_row_free);
}

static bool read_records(struct store *s, struct listing *l, GError **error)
{
    return s->ops->journal_read(s, &l->records, l->after, l->limit, l->rows, error);
}

void listing_records(struct service *s, const struct record_filter *f, int64_t after_seq,
                     unsigned limit, listing_fn fn, void *ctx)
{
    struct listing l = { read_records, .after = after_seq, .limit = limit, .fn = fn, .ctx = ctx };
    l.records = *f;
    l.records.broadcast = l.strings[0] = g_strdup(f->broadcast);
    l.records.mission = l.strings[1] = g_strdup(f->mission);
    l.records.outcome = l.strings[2] = g_strdup(f->outcome);
    l.records.channel = l.strings[3] = g_strdup(f->channel);
    l.records.event = l.strings[4] = g_strdup(f->event);
    submit(s, &l, (GDestroyNotify)record_free);
}

static bool read_matters(struct store *s, struct listing *l, GError **error)
{
    return s->ops->matter_list(s, &l->matters, l->limit, l->rows, error);
}

void listing_matters(struct service *s, const struct matter_filter *f, unsigned limit,
                     listing_fn fn, void *ctx)
{
    struct listing l = { read_matters, .matters = *f, .limit = limit, .fn = fn, .ctx = ctx };
    l.matters.mission = l.strings[0] = g_strdup(f->mission);
    l.matters.owner = l.strings[1] = g_strdup(f->owner);
    submit(s, &l, (GDestroyNotify)matter_free);
}

static bool read_history(struct store *s, struct listing *l, GError **error)
{
    return s->ops->roster_history(s, l->strings[0], l->rows, error);
}

void listing_history(struct service *s, const char *mission, listing_fn fn, void *ctx)
{
    struct listing l = { read_history, .strings = { g_strdup(mission) }, .fn = fn, .ctx = ctx };
    submit(s, &l, (GDestroyNotify)roster_history_row_free);
}

static bool read_threats(struct store *s, struct listing *l, GError **error)
{
    return s->ops->threat_list(s, l->strings[0], l->rows, error);
}

void listing_threats(struct service *s, const char *mission, listing_fn fn, void *ctx)
{
    struct listing l = { read_threats, .strings = { g_strdup(mission) }, .fn = fn, .ctx = ctx };
    submit(s, &l, (GDestroyNotify)threat_row_free);
}

static bool read_campaigns(struct store *s, struct listing *l, GError **error)
{
    return s->ops->campaign_list(s, l->rows, error);
}

void listing_campaigns(struct service *s, listing_fn fn, void *ctx)
{
    struct listing l = { read_campaigns, .fn = fn, .ctx = ctx };
    submit(s, &l, (GDestroyNotify)campaign_row_free);
}

static bool read_outages(struct store *s, struct listing *l, GError **error)
{
    return s->ops->outage_list(s, l->rows, error);
}

void listing_outages(struct service *s, listing_fn fn, void *ctx)
{
    struct listing l = { read_outages, .fn = fn, .ctx = ctx };
    submit(s, &l, (GDestroyNotify)outage_row_free);
}

static bool read_tokens(struct store *s, struct listing *l, GError **error)
{
    return s->ops->token_list(s, l->rows, error);
}

void listing_tokens(struct service *s, listing_fn fn, void *ctx)
{
    struct listing l = { read_tokens, .fn = fn, .ctx = ctx };
    submit(s, &l, (GDestroyNotify)token_row_free);
}

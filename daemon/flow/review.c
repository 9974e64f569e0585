#include "flow/review.h"

#include "flow/dossier.h"

#define ALL_MAX 10000 /* released broadcasts at once */

struct inquiry {
    struct service *service;
    char *id; /* NULL: all that are released */
    bool wants_sheet, with_taken;
    struct broadcast_row *row;
    GPtrArray *dossiers; /* struct dossier *: none of a broadcast that was never released */
    review_fn fn;
    void *ctx;
};

static bool read_number(struct store *s, struct inquiry *q, int64_t no, GError **error)
{
    struct dossier *d = dossier_read(s, no, error);
    if (d)
        g_ptr_array_add(q->dossiers, d);
    return d != NULL;
}

static bool read_all(struct store *s, struct inquiry *q, GError **error)
{
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t next_ms;
    if (!s->ops->broadcast_overdue(s, INT64_MAX, ALL_MAX, nos, &next_ms, error))
        return false;
    for (guint i = 0; i < nos->len; i++)
        if (!read_number(s, q, g_array_index(nos, int64_t, i), error))
            return false;
    return true;
}

static bool read_it(struct store *s, void *arg, GError **error)
{
    struct inquiry *q = arg;
    if (!q->id)
        return read_all(s, q, error);
    if (!s->ops->broadcast_by_id(s, q->id, &q->row, error))
        return false;
    return !q->row || q->row->released_ms == 0 || read_number(s, q, q->row->no, error);
}

static struct call_sheet *sheet_of(const struct inquiry *q)
{
    const struct service *s = q->service;
    struct call_sheet *sheet = call_sheet_new(service_now_ms(s), q->with_taken);
    for (guint i = 0; i < q->dossiers->len; i++)
        dossier_call_sheet(g_ptr_array_index(q->dossiers, i), s->config, s->roster, sheet);
    call_sheet_sort(sheet);
    return sheet;
}

static struct after_action *report_of(const struct inquiry *q)
{
    const struct service *s = q->service;
    return q->dossiers->len > 0 ? dossier_after_action(g_ptr_array_index(q->dossiers, 0), s->config,
                                                       service_now_ms(s))
                                : NULL;
}

static void read_done(void *arg, const GError *error)
{
    struct inquiry *q = arg;
    struct review r = { .row = q->row };
    struct call_sheet *sheet = !error && q->wants_sheet ? sheet_of(q) : NULL;
    struct after_action *report = !error && !q->wants_sheet ? report_of(q) : NULL;
    r.sheet = sheet;
    r.report = report;
    q->fn(&r, error ? error->message : NULL, q->ctx);
    call_sheet_free(sheet);
    after_action_free(report);
    g_ptr_array_unref(q->dossiers);
    broadcast_row_free(q->row);
    g_free(q->id);
    g_free(q);
}

static void inquire(struct service *s, const struct inquiry *of)
{
    struct inquiry *q = g_new(struct inquiry, 1);
    *q = *of;
    q->service = s;
    q->id = g_strdup(of->id);
    q->dossiers = g_ptr_array_new_with_free_func((GDestroyNotify)dossier_free);
    store_thread_submit(s->store, read_it, read_done, q);
}

void review_call_sheet(struct service *s, const char *id, bool with_taken, review_fn fn, void *ctx)
{
    struct inquiry q = {
        .id = (char *)id, .wants_sheet = true, .with_taken = with_taken, .fn = fn, .ctx = ctx
    };
    inquire(s, &q);
}

void review_after_action(struct service *s, const char *id, review_fn fn, void *ctx)
{
    struct inquiry q = { .id = (char *)id, .fn = fn, .ctx = ctx };
    inquire(s, &q);
}

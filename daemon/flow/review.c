#include "flow/review.h"

#include "flow/dossier.h"

struct inquiry {
    struct service *service;
    char *id;
    bool wants_sheet, with_taken;
    struct broadcast_row *row;
    struct dossier *dossier; /* NULL: no such broadcast, or it was never released */
    review_fn fn;
    void *ctx;
};

static bool read_it(struct store *s, void *arg, GError **error)
{
    struct inquiry *q = arg;
    if (!s->ops->broadcast_by_id(s, q->id, &q->row, error))
        return false;
    if (!q->row || q->row->released_ms == 0)
        return true;
    q->dossier = dossier_read(s, q->row->no, error);
    return q->dossier != NULL;
}

static struct call_sheet *sheet_of(const struct inquiry *q)
{
    const struct service *s = q->service;
    struct call_sheet *sheet = call_sheet_new(service_now_ms(s), q->with_taken);
    if (q->dossier)
        dossier_call_sheet(q->dossier, s->config, s->roster, sheet);
    call_sheet_sort(sheet);
    return sheet;
}

static void read_done(void *arg, const GError *error)
{
    struct inquiry *q = arg;
    struct service *s = q->service;
    struct call_sheet *sheet = !error && q->row && q->wants_sheet ? sheet_of(q) : NULL;
    struct after_action *report =
        !error && q->dossier && !q->wants_sheet
            ? dossier_after_action(q->dossier, s->config, service_now_ms(s))
            : NULL;
    struct review r = { .row = q->row, .sheet = sheet, .report = report };
    q->fn(&r, error ? error->message : NULL, q->ctx);
    call_sheet_free(sheet);
    after_action_free(report);
    dossier_free(q->dossier);
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

#include "flow/dossier.h"

#include "flow/event.h"

#define DOSSIER_PAGE 1000 /* records read at a time */

static bool read_records(struct store *s, const char *id, GPtrArray *out, GError **error)
{
    struct record_filter of = { .broadcast = id };
    int64_t after = 0;
    for (;;) {
        guint before = out->len;
        if (!s->ops->journal_read(s, &of, after, DOSSIER_PAGE, out, error))
            return false;
        if (out->len == before)
            return true;
        after = ((struct record *)g_ptr_array_index(out, out->len - 1))->seq;
    }
}

struct dossier *dossier_read(struct store *s, int64_t no, GError **error)
{
    struct dossier *d = g_new0(struct dossier, 1);
    d->notifications = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    d->records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    d->acknowledgements = g_ptr_array_new_with_free_func((GDestroyNotify)acknowledgement_row_free);
    d->file = casefile_load(s, no, error);
    if (d->file && casefile_notifications(s, no, d->notifications, error) &&
        read_records(s, d->file->row->id, d->records, error) &&
        s->ops->acknowledgements(s, no, 0, d->acknowledgements, error) &&
        event_versions(s, d->file->row, &d->versions, error))
        return d;
    dossier_free(d);
    return NULL;
}

void dossier_free(struct dossier *d)
{
    if (!d)
        return;
    casefile_unref(d->file);
    g_ptr_array_unref(d->notifications);
    g_ptr_array_unref(d->records);
    g_ptr_array_unref(d->acknowledgements);
    g_clear_pointer(&d->versions, g_ptr_array_unref);
    g_free(d);
}

static int64_t closed_ms_of(const struct dossier *d)
{
    for (guint i = d->records->len; i > 0; i--) {
        const struct record *r = g_ptr_array_index(d->records, i - 1);
        if (g_str_equal(r->event, "broadcast.closed"))
            return r->time_ms;
    }
    return 0;
}

static GArray *answers_of(const struct dossier *d)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(struct after_action_answer));
    for (guint i = 0; i < d->acknowledgements->len; i++) {
        const struct acknowledgement_row *r = g_ptr_array_index(d->acknowledgements, i);
        struct after_action_answer a = { r->obligation, r->time_ms, (enum answer)r->answer,
                                         (enum answer_method)r->method, r->note };
        g_array_append_val(out, a);
    }
    return out;
}

static GArray *versions_of(const struct dossier *d)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(struct after_action_version));
    for (guint i = 0; i < d->versions->len; i++) {
        const struct broadcast_row *r = g_ptr_array_index(d->versions, i);
        struct after_action_version v = { r->id,   r->identifier, r->headline,
                                          r->type, r->state,      r->released_ms };
        g_array_append_val(out, v);
    }
    return out;
}

struct after_action *dossier_after_action(const struct dossier *d, const struct config *c,
                                          int64_t now_ms)
{
    g_autoptr(GArray) answers = answers_of(d);
    g_autoptr(GArray) versions = versions_of(d);
    struct after_action_source of = { .broadcast = d->file->broadcast,
                                      .released_ms = d->file->row->released_ms,
                                      .closed_ms = closed_ms_of(d),
                                      .deadline_ms = d->file->deadline_ms,
                                      .state = d->file->row->state,
                                      .missions = d->file->missions,
                                      .obligations = d->file->obligations,
                                      .notifications = d->notifications,
                                      .records = d->records,
                                      .answers = answers,
                                      .versions = versions,
                                      .quorum = casefile_quorum(c),
                                      .now_ms = now_ms };
    return after_action_make(&of);
}

void dossier_call_sheet(const struct dossier *d, const struct config *c, const struct roster *r,
                        struct call_sheet *into)
{
    struct call_sheet_source of = { .no = d->file->no,
                                    .broadcast = d->file->broadcast,
                                    .missions = d->file->missions,
                                    .obligations = d->file->obligations,
                                    .notifications = d->notifications,
                                    .records = d->records,
                                    .roster = r,
                                    .quorum = casefile_quorum(c) };
    call_sheet_add(into, &of);
}

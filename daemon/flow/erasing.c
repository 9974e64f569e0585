#include "flow/erasing.h"

#include "flow/event.h"
#include "flow/matter_notice.h"
#include "flow/retention.h"
#include "wire/delivery_record.h"
#include "wire/journal_check.h"

#include <string.h>

#define ERASING_PAGE 500 /* records a transaction */

static bool is_open(struct store *s, const struct broadcast_row *row, bool *open, GError **error)
{
    struct broadcast_progress p = { 0 };
    bool left = false, asks = false;
    *open = row->state == BROADCAST_PENDING || row->state == BROADCAST_RELEASED;
    if (*open)
        return true;
    if (!s->ops->obligations_left(s, row->no, &left, &asks, error) ||
        !s->ops->broadcast_progress(s, row->no, &p, error))
        return false;
    *open = (asks && left) || p.by_state[NOTIFICATION_QUEUED] + p.by_state[NOTIFICATION_SENDING] +
                                      p.by_state[NOTIFICATION_DEFERRED] >
                                  0;
    return true;
}

/* What is no version of anything is looked at alone. */
bool erasing_may(struct store *s, const struct broadcast_row *row, bool *may, GError **error)
{
    g_autoptr(GPtrArray) versions = NULL;
    bool open = false;
    if (!event_versions(s, row, &versions, error) || !is_open(s, row, &open, error))
        return false;
    for (guint i = 0; i < versions->len && !open; i++)
        if (!is_open(s, g_ptr_array_index(versions, i), &open, error))
            return false;
    *may = !open;
    return true;
}

static bool names(const char *text, const char *what)
{
    return text && *what && strstr(text, what);
}

/* Is it about the person?  Over the endpoint, or in words. */
static bool concerns(const struct erasing *e, const struct record *r)
{
    if (!e->endpoint || g_strcmp0(r->endpoint, e->endpoint) == 0)
        return true;
    const char *address =
        g_str_has_prefix(e->endpoint, "mailto:") ? e->endpoint + strlen("mailto:") : e->endpoint;
    bool is = names(r->reply, address);
    for (guint i = 0; e->names && i < e->names->len; i++)
        is = is || names(r->reply, g_ptr_array_index(e->names, i));
    for (guint i = 0; e->seats && i < e->seats->len; i++)
        is = is || names(r->reply, g_ptr_array_index(e->seats, i)) ||
             g_strcmp0(r->recipient, g_ptr_array_index(e->seats, i)) == 0;
    return is;
}

static bool erase_one(struct store *s, struct erasing *e, struct record *r, GArray *seqs,
                      GError **error)
{
    if (g_str_equal(r->event, RETENTION_EVENT) || *r->personal || !concerns(e, r))
        return true;
    if (!delivery_record_erase(r)) {
        e->old++;
        return true;
    }
    g_array_append_val(seqs, r->seq);
    e->records++;
    return s->ops->erase_record(s, r, error);
}

/* row: NULL for what belongs to no broadcast. */
static bool tell(struct store *s, const struct erasing *e, const struct broadcast_row *row,
                 const GArray *seqs, GError **error)
{
    if (seqs->len == 0)
        return true;
    struct record *r = record_new(RETENTION_EVENT, e->hand.now_ms);
    r->node = g_strdup(e->hand.node);
    r->broadcast = row ? g_strdup(row->id) : NULL;
    r->status = row ? g_strdup(broadcast_status_names[row->status]) : NULL;
    r->detail = journal_ranges_write(seqs);
    r->reply = g_strdup(e->why);
    bool ok = s->ops->journal_append(s, r, error);
    record_free(r);
    return ok;
}

bool erasing_records(struct store *s, struct erasing *e, const struct broadcast_row *row,
                     int64_t *after_seq, bool *over, GError **error)
{
    struct record_filter of = { .broadcast = row->id };
    g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    g_autoptr(GArray) seqs = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (!s->ops->journal_read(s, &of, *after_seq, ERASING_PAGE, page, error))
        return false;
    for (guint i = 0; i < page->len; i++) {
        struct record *r = g_ptr_array_index(page, i);
        *after_seq = r->seq;
        if (!erase_one(s, e, r, seqs, error))
            return false;
    }
    *over = page->len < ERASING_PAGE;
    return tell(s, e, row, seqs, error);
}

/* --- what belongs to no broadcast --- */

static bool is_over(const struct matter *m, int64_t before_ms)
{
    return m->state != MATTER_OPEN && m->due_ms == INT64_MAX && m->changed_ms < before_ms &&
           m->until_ms < before_ms;
}

static bool has_time_come(struct store *s, const struct erasing *e, const struct record *r,
                          bool *may, GError **error)
{
    int64_t no = matter_of_record(r);
    struct matter *m = NULL;
    *may = r->time_ms < (no ? e->matters_before_ms : e->before_ms);
    if (!no || !*may)
        return true;
    if (!s->ops->matter_by_no(s, no, &m, error))
        return false;
    *may = !m || is_over(m, e->matters_before_ms);
    if (m)
        matter_free(m);
    return true;
}

bool erasing_loose(struct store *s, struct erasing *e, int64_t *after_seq, bool *over,
                   GError **error)
{
    g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    g_autoptr(GArray) seqs = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (!s->ops->journal_loose(s, MAX(e->before_ms, e->matters_before_ms), *after_seq, ERASING_PAGE,
                               page, error))
        return false;
    for (guint i = 0; i < page->len; i++) {
        struct record *r = g_ptr_array_index(page, i);
        bool may = false;
        *after_seq = r->seq;
        if (!has_time_come(s, e, r, &may, error) || (may && !erase_one(s, e, r, seqs, error)))
            return false;
    }
    *over = page->len < ERASING_PAGE;
    return tell(s, e, NULL, seqs, error);
}

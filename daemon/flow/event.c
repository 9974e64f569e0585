#include "flow/event.h"

#include "flow/event_adopt.h"
#include "flow/event_order.h"
#include "model/life.h"
#include "wire/broadcast_json.h"

static bool refers_to(const GPtrArray *references, const struct reference *r)
{
    return references &&
           g_ptr_array_find_with_equal_func((GPtrArray *)references, r, reference_equal, NULL);
}

static bool read_rows(struct store *s, enum broadcast_status status, const GPtrArray *from,
                      int64_t self_no, struct event *out, GError **error)
{
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    out->rows = g_ptr_array_new_with_free_func((GDestroyNotify)broadcast_row_free);
    out->unknown = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    if (!s->ops->chain(s, status, from, self_no, nos, out->unknown, error))
        return false;
    for (guint i = 0; i < nos->len; i++) {
        struct broadcast_row *row = NULL;
        if (!s->ops->broadcast_by_no(s, g_array_index(nos, int64_t, i), &row, error))
            return false;
        if (row)
            g_ptr_array_add(out->rows, row);
    }
    return true;
}

static void forget_rows(struct event *e)
{
    g_clear_pointer(&e->rows, g_ptr_array_unref);
    g_clear_pointer(&e->unknown, g_ptr_array_unref);
    g_clear_pointer(&e->before, g_hash_table_unref);
    g_clear_pointer(&e->after, g_hash_table_unref);
}

/* Until nothing more is adopted. */
static bool read_all(struct store *s, const struct asker *a, struct event *out, GError **error)
{
    guint known;
    do {
        known = out->adopted->len;
        forget_rows(out);
        if (!read_rows(s, a->broadcast->status, a->from, a->row->no, out, error))
            return false;
        event_give_adopted(out);
        event_put_in_order(out);
        event_find_sides(out, a->broadcast, a->row->references);
        if (!event_adopt(s, out, a, error))
            return false;
    } while (out->adopted->len > known);
    return true;
}

bool event_read(struct store *s, const struct broadcast *b, const struct broadcast_row *row,
                struct event *out, GError **error)
{
    struct reference self = { b->identifier, b->sender, b->sent };
    g_autoptr(GPtrArray) from = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    struct asker asker = { b, row, from };
    *out = (struct event){ 0 };
    out->adopted = event_adopted_new();
    g_ptr_array_add(from, reference_copy(&self));
    for (guint i = 0; row->references && i < row->references->len; i++)
        g_ptr_array_add(from, reference_copy(g_ptr_array_index(row->references, i)));
    if (!read_all(s, &asker, out, error))
        return false;
    for (guint i = 0; i < b->references->len; i++) {
        const struct reference *r = g_ptr_array_index(b->references, i);
        if (!refers_to(row->references, r))
            g_ptr_array_add(out->unknown, reference_copy(r));
    }
    return true;
}

bool event_owner(struct store *s, const struct broadcast *b, const struct reference *r,
                 struct reference **out, GError **error)
{
    struct event e = { 0 };
    g_autoptr(GPtrArray) from = g_ptr_array_new();
    g_ptr_array_add(from, (gpointer)r);
    bool ok = read_rows(s, b->status, from, 0, &e, error);
    *out = NULL;
    if (ok) {
        g_autoptr(GHashTable) here = event_index(&e);
        const struct reference *own = event_own_version(here, r, b->sender);
        *out = own ? reference_copy(own) : NULL;
    }
    event_clear(&e);
    return ok;
}

void event_clear(struct event *e)
{
    forget_rows(e);
    g_clear_pointer(&e->adopted, g_ptr_array_unref);
}

bool event_versions(struct store *s, const struct broadcast_row *row, GPtrArray **rows,
                    GError **error)
{
    struct event e = { 0 };
    struct reference self = event_triple(row);
    g_autoptr(GPtrArray) from = g_ptr_array_new();
    g_ptr_array_add(from, &self);
    bool ok = read_rows(s, row->status, from, 0, &e, error);
    if (ok)
        event_put_in_order(&e);
    *rows = ok ? g_steal_pointer(&e.rows) : NULL;
    event_clear(&e);
    return ok;
}

bool event_row_yields(const struct broadcast_row *row)
{
    return row->state == BROADCAST_PENDING && g_str_has_prefix(row->hold, EVENT_YIELDS);
}

bool event_row_waits(const struct broadcast_row *row)
{
    return event_row_yields(row) ||
           (row->state == BROADCAST_PENDING && g_str_has_prefix(row->hold, EVENT_WAITS));
}

/* Does row belong to what is here, and not only to what may still come? */
static bool stands(const struct broadcast_row *row)
{
    return row->type == TYPE_ALERT || row->released_ms > 0;
}

static bool any_stands(GHashTable *rows)
{
    GHashTableIter at;
    gpointer row;
    g_hash_table_iter_init(&at, rows);
    while (g_hash_table_iter_next(&at, &row, NULL))
        if (stands(row))
            return true;
    return false;
}

const struct reference *event_missing(const struct event *e, const struct broadcast *b)
{
    const struct reference *first = NULL;
    if (any_stands(e->before))
        return NULL;
    for (guint i = 0; i < b->references->len; i++) {
        const struct reference *r = g_ptr_array_index(b->references, i);
        if (refers_to(e->unknown, r))
            return r;
        first = first ? first : r;
    }
    return first;
}

bool event_is_after(const struct event *e, const struct broadcast_row *row,
                    const struct broadcast *b)
{
    bool it_follows = g_hash_table_contains(e->after, row);
    if (it_follows != (bool)g_hash_table_contains(e->before, row))
        return it_follows;
    if (row->sent_ms != b->sent.ms)
        return row->sent_ms > b->sent.ms;
    return row->type > b->type; /* alert, update, cancel */
}

static bool is_over(const struct broadcast_row *row, int64_t now_ms)
{
    struct faults *f = faults_new();
    struct broadcast *b = broadcast_json_read_stored(row->body, strlen(row->body), f);
    bool over = b && life_is_over(b, now_ms);
    broadcast_unref(b);
    faults_free(f);
    return over;
}

static bool may_speak(const struct broadcast_row *row, int64_t now_ms)
{
    return row->released_ms > 0 ||
           (event_row_waits(row) && !event_row_yields(row) && !is_over(row, now_ms));
}

const struct broadcast_row *event_last_word(const struct event *e, const struct broadcast *b,
                                            int64_t now_ms)
{
    for (guint i = e->rows->len; i > 0; i--) {
        const struct broadcast_row *row = g_ptr_array_index(e->rows, i - 1);
        if (row->type != TYPE_ALERT && event_is_after(e, row, b) && may_speak(row, now_ms))
            return row;
    }
    return NULL;
}

/* It waited for b, or for what is here without b. */
static bool is_linked(const struct event *e, const struct broadcast_row *row)
{
    g_autoptr(GHashTable) here = event_index(e), before = g_hash_table_new(NULL, NULL);
    if (g_hash_table_contains(e->after, row))
        return true;
    event_follow(here, row->references, before);
    return any_stands(before);
}

const struct broadcast_row *event_next(const struct event *e, int64_t now_ms)
{
    for (guint i = e->rows->len; i > 0; i--) {
        const struct broadcast_row *row = g_ptr_array_index(e->rows, i - 1);
        if (event_row_yields(row))
            return row;
    }
    for (guint i = 0; i < e->rows->len; i++) {
        const struct broadcast_row *row = g_ptr_array_index(e->rows, i);
        if (event_row_waits(row) && is_linked(e, row) && !is_over(row, now_ms))
            return row;
    }
    return NULL;
}

/* What a row is, and what it may refer to where these are here; owned. */
static GPtrArray *mentions_of(GHashTable *here, const struct broadcast_row *row)
{
    GPtrArray *out = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    struct reference self = event_triple(row);
    g_ptr_array_add(out, reference_copy(&self));
    for (guint i = 0; row->references && i < row->references->len; i++)
        if (event_may_refer(here, row, i))
            g_ptr_array_add(out, reference_copy(g_ptr_array_index(row->references, i)));
    return out;
}

/* By what they mention: the rows; each list owned, the keys the mentions'. */
static GHashTable *index_mentions(const struct event *e, GHashTable *mentions)
{
    GHashTable *by = g_hash_table_new_full(reference_hash, reference_equal, NULL,
                                           (GDestroyNotify)g_ptr_array_unref);
    for (guint i = 0; i < e->rows->len; i++) {
        struct broadcast_row *row = g_ptr_array_index(e->rows, i);
        const GPtrArray *of = g_hash_table_lookup(mentions, row);
        for (guint k = 0; k < of->len; k++) {
            GPtrArray *all = g_hash_table_lookup(by, g_ptr_array_index(of, k));
            if (!all)
                g_hash_table_insert(by, g_ptr_array_index(of, k), all = g_ptr_array_new());
            g_ptr_array_add(all, row);
        }
    }
    return by;
}

static GHashTable *mentions_without_asker(const struct event *e)
{
    GHashTable *out = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    g_autoptr(GHashTable) here = event_index(e);
    for (guint i = 0; i < e->rows->len; i++) {
        struct broadcast_row *row = g_ptr_array_index(e->rows, i);
        g_hash_table_insert(out, row, mentions_of(here, row));
    }
    return out;
}

GHashTable *event_without_asker(const struct event *e, const struct broadcast_row *row)
{
    GHashTable *out = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) mentions = mentions_without_asker(e);
    g_autoptr(GHashTable) by = index_mentions(e, mentions);
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    g_hash_table_add(out, (gpointer)row);
    g_ptr_array_add(found, (gpointer)row);
    for (guint i = 0; i < found->len; i++) {
        const GPtrArray *of = g_hash_table_lookup(mentions, g_ptr_array_index(found, i));
        for (guint k = 0; k < of->len; k++) {
            const GPtrArray *others = g_hash_table_lookup(by, g_ptr_array_index(of, k));
            for (guint n = 0; n < others->len; n++)
                if (g_hash_table_add(out, g_ptr_array_index(others, n)))
                    g_ptr_array_add(found, g_ptr_array_index(others, n));
        }
    }
    return out;
}

#include "flow/event.h"

#include "model/life.h"
#include "wire/broadcast_json.h"

static bool is_triple(const struct reference *r, const char *identifier, const char *sender,
                      int64_t sent_ms)
{
    return r->sent.ms == sent_ms && g_str_equal(r->identifier, identifier) &&
           g_str_equal(r->sender, sender);
}

static bool refers_to(const GPtrArray *references, const char *identifier, const char *sender,
                      int64_t sent_ms)
{
    for (guint i = 0; references && i < references->len; i++)
        if (is_triple(g_ptr_array_index(references, i), identifier, sender, sent_ms))
            return true;
    return false;
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

static struct reference triple_of(const struct broadcast_row *row)
{
    return (struct reference){ row->identifier, row->sender, { .ms = row->sent_ms } };
}

/* The rows by their triples; values borrowed. */
static GHashTable *index_rows(const struct event *e)
{
    GHashTable *here = g_hash_table_new_full(reference_hash, reference_equal, g_free, NULL);
    for (guint i = 0; i < e->rows->len; i++) {
        struct reference r = triple_of(g_ptr_array_index(e->rows, i));
        g_hash_table_insert(here, g_memdup2(&r, sizeof r), g_ptr_array_index(e->rows, i));
    }
    return here;
}

struct ordering {
    GHashTable *here;   /* rows by their triples */
    GHashTable *place;  /* row -> its place in the chain */
    GHashTable *opened; /* rows that were looked at */
    GPtrArray *stack;   /* rows, the next one at the end */
};

static gint compare_latest(gconstpointer a, gconstpointer b, gpointer place)
{
    guint x = GPOINTER_TO_UINT(g_hash_table_lookup(place, *(const gpointer *)a));
    guint y = GPOINTER_TO_UINT(g_hash_table_lookup(place, *(const gpointer *)b));
    return (x < y) - (x > y);
}

/* Pushes what row refers to and was not looked at, so that the earliest comes next; false: nothing.
 */
static bool push_before(struct ordering *o, const struct broadcast_row *row)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    for (guint i = 0; row->references && i < row->references->len; i++) {
        gpointer r = g_hash_table_lookup(o->here, g_ptr_array_index(row->references, i));
        if (r && !g_hash_table_contains(o->opened, r))
            g_ptr_array_add(found, r);
    }
    bool any = found->len > 0;
    g_ptr_array_sort_with_data(found, compare_latest, o->place);
    g_ptr_array_extend_and_steal(o->stack, g_steal_pointer(&found));
    return any;
}

/* Whatever a row refers to stands before it, though it were sent in the same second or by a slow
 * clock; else they stay as they were. */
static void put_in_order(struct event *e)
{
    g_autoptr(GHashTable) here = index_rows(e), place = g_hash_table_new(NULL, NULL),
                          opened = g_hash_table_new(NULL, NULL),
                          placed = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) stack = g_ptr_array_new();
    struct ordering o = { here, place, opened, stack };
    GPtrArray *all = e->rows;
    e->rows = g_ptr_array_new_with_free_func((GDestroyNotify)broadcast_row_free);
    for (guint i = 0; i < all->len; i++)
        g_hash_table_insert(place, g_ptr_array_index(all, i), GUINT_TO_POINTER(i));
    for (guint i = 0; i < all->len; i++) {
        g_ptr_array_add(stack, g_ptr_array_index(all, i));
        while (stack->len > 0) {
            gpointer row = g_ptr_array_index(stack, stack->len - 1);
            if (g_hash_table_add(opened, row) && push_before(&o, row))
                continue;
            g_ptr_array_set_size(stack, stack->len - 1);
            if (g_hash_table_add(placed, row))
                g_ptr_array_add(e->rows, row);
        }
    }
    g_ptr_array_set_free_func(all, NULL);
    g_ptr_array_unref(all);
}

/* Adds to `out` the rows that the references lead to, over others too. */
static void follow(GHashTable *here, const GPtrArray *references, GHashTable *out)
{
    g_autoptr(GPtrArray) lists = g_ptr_array_new(); /* of references, to be followed */
    g_ptr_array_add(lists, (gpointer)references);
    for (guint i = 0; i < lists->len; i++) {
        const GPtrArray *list = g_ptr_array_index(lists, i);
        for (guint k = 0; list && k < list->len; k++) {
            struct broadcast_row *row = g_hash_table_lookup(here, g_ptr_array_index(list, k));
            if (row && g_hash_table_add(out, row))
                g_ptr_array_add(lists, row->references);
        }
    }
}

/* What b refers to, and what of it is its sender's to refer to. */
static void find_before(struct event *e, const struct broadcast *b, const GPtrArray *own)
{
    g_autoptr(GHashTable) here = index_rows(e);
    follow(here, b->references, e->before);
    follow(here, own, e->before);
}

/* Whatever refers to b, over others too. */
static void find_after(struct event *e, const struct broadcast *b)
{
    g_autoptr(GHashTable) by = g_hash_table_new_full(reference_hash, reference_equal, NULL,
                                                     (GDestroyNotify)g_ptr_array_unref);
    struct reference self = { b->identifier, b->sender, b->sent };
    for (guint i = 0; i < e->rows->len; i++) {
        struct broadcast_row *row = g_ptr_array_index(e->rows, i);
        for (guint k = 0; row->references && k < row->references->len; k++) {
            gpointer r = g_ptr_array_index(row->references, k);
            GPtrArray *all = g_hash_table_lookup(by, r);
            if (!all)
                g_hash_table_insert(by, r, all = g_ptr_array_new());
            g_ptr_array_add(all, row);
        }
    }
    g_autoptr(GPtrArray) lists = g_ptr_array_new();
    g_ptr_array_add(lists, g_hash_table_lookup(by, &self));
    for (guint i = 0; i < lists->len; i++) {
        const GPtrArray *list = g_ptr_array_index(lists, i);
        for (guint k = 0; list && k < list->len; k++) {
            struct reference r = triple_of(g_ptr_array_index(list, k));
            if (g_hash_table_add(e->after, g_ptr_array_index(list, k)))
                g_ptr_array_add(lists, g_hash_table_lookup(by, &r));
        }
    }
}

bool event_read(struct store *s, const struct broadcast *b, const struct broadcast_row *row,
                struct event *out, GError **error)
{
    struct reference self = { b->identifier, b->sender, b->sent };
    g_autoptr(GPtrArray) from = g_ptr_array_new();
    *out = (struct event){ 0 };
    g_ptr_array_add(from, &self);
    for (guint i = 0; row->references && i < row->references->len; i++)
        g_ptr_array_add(from, g_ptr_array_index(row->references, i));
    if (!read_rows(s, b->status, from, row->no, out, error))
        return false;
    for (guint i = 0; i < b->references->len; i++) {
        const struct reference *r = g_ptr_array_index(b->references, i);
        if (!refers_to(row->references, r->identifier, r->sender, r->sent.ms))
            g_ptr_array_add(out->unknown, reference_copy(r));
    }
    put_in_order(out);
    out->before = g_hash_table_new(NULL, NULL);
    out->after = g_hash_table_new(NULL, NULL);
    find_before(out, b, row->references);
    find_after(out, b);
    return true;
}

/* The nearest that r leads to and that sender has sent, here or not. */
static struct reference *own_version(const struct event *e, const struct reference *r,
                                     const char *sender)
{
    g_autoptr(GHashTable) here = index_rows(e);
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) met = g_ptr_array_new(); /* struct reference *, borrowed */
    g_ptr_array_add(met, (gpointer)r);
    for (guint i = 0; i < met->len; i++) {
        const struct reference *m = g_ptr_array_index(met, i);
        struct broadcast_row *row = g_hash_table_lookup(here, m);
        if (g_str_equal(m->sender, sender))
            return reference_copy(m);
        if (!row || !row->references || !g_hash_table_add(seen, row))
            continue;
        for (guint k = 0; k < row->references->len; k++)
            g_ptr_array_add(met, g_ptr_array_index(row->references, k));
    }
    return NULL;
}

bool event_owner(struct store *s, const struct broadcast *b, const struct reference *r,
                 struct reference **out, GError **error)
{
    struct event e = { 0 };
    g_autoptr(GPtrArray) from = g_ptr_array_new();
    g_ptr_array_add(from, (gpointer)r);
    bool ok = read_rows(s, b->status, from, 0, &e, error);
    *out = ok ? own_version(&e, r, b->sender) : NULL;
    event_clear(&e);
    return ok;
}

void event_clear(struct event *e)
{
    g_clear_pointer(&e->rows, g_ptr_array_unref);
    g_clear_pointer(&e->unknown, g_ptr_array_unref);
    g_clear_pointer(&e->before, g_hash_table_unref);
    g_clear_pointer(&e->after, g_hash_table_unref);
}

static bool yields(const struct broadcast_row *row)
{
    return row->state == BROADCAST_PENDING && g_str_has_prefix(row->hold, EVENT_YIELDS);
}

bool event_row_waits(const struct broadcast_row *row)
{
    return yields(row) ||
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
        if (refers_to(e->unknown, r->identifier, r->sender, r->sent.ms))
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
    return row->released_ms > 0 || (event_row_waits(row) && !yields(row) && !is_over(row, now_ms));
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
    g_autoptr(GHashTable) here = index_rows(e), before = g_hash_table_new(NULL, NULL);
    if (g_hash_table_contains(e->after, row))
        return true;
    follow(here, row->references, before);
    return any_stands(before);
}

const struct broadcast_row *event_next(const struct event *e, int64_t now_ms)
{
    for (guint i = e->rows->len; i > 0; i--) {
        const struct broadcast_row *row = g_ptr_array_index(e->rows, i - 1);
        if (yields(row) && !is_over(row, now_ms))
            return row;
    }
    for (guint i = 0; i < e->rows->len; i++) {
        const struct broadcast_row *row = g_ptr_array_index(e->rows, i);
        if (event_row_waits(row) && is_linked(e, row) && !is_over(row, now_ms))
            return row;
    }
    return NULL;
}

/* By what they are and refer to: the rows; each list owned. */
static GHashTable *index_mentions(const struct event *e)
{
    GHashTable *by =
        g_hash_table_new_full(reference_hash, reference_equal, (GDestroyNotify)reference_free,
                              (GDestroyNotify)g_ptr_array_unref);
    for (guint i = 0; i < e->rows->len; i++) {
        struct broadcast_row *row = g_ptr_array_index(e->rows, i);
        struct reference self = triple_of(row);
        for (guint k = 0; k <= (row->references ? row->references->len : 0); k++) {
            const struct reference *r = k ? g_ptr_array_index(row->references, k - 1) : &self;
            GPtrArray *all = g_hash_table_lookup(by, r);
            if (!all)
                g_hash_table_insert(by, reference_copy(r), all = g_ptr_array_new());
            g_ptr_array_add(all, row);
        }
    }
    return by;
}

GHashTable *event_without_asker(const struct event *e, const struct broadcast_row *row)
{
    GHashTable *out = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) by = index_mentions(e);
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    g_hash_table_add(out, (gpointer)row);
    g_ptr_array_add(found, (gpointer)row);
    for (guint i = 0; i < found->len; i++) {
        const struct broadcast_row *of = g_ptr_array_index(found, i);
        struct reference self = triple_of(of);
        for (guint k = 0; k <= (of->references ? of->references->len : 0); k++) {
            const struct reference *r = k ? g_ptr_array_index(of->references, k - 1) : &self;
            const GPtrArray *others = g_hash_table_lookup(by, r);
            for (guint n = 0; n < others->len; n++)
                if (g_hash_table_add(out, g_ptr_array_index(others, n)))
                    g_ptr_array_add(found, g_ptr_array_index(others, n));
        }
    }
    return out;
}

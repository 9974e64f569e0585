/* The journal of a history, read as it grows. */
#include <string.h>

#include "life.h"
#include "wire/delivery_record.h"

/* Reckoning every hash anew doubles the cost of a history: in one of so many. */
#define RECKON_ONE_IN 8

static int version_of_id(struct life *l, struct store *s, const char *id)
{
    for (int i = 0; i < l->n; i++)
        if (g_str_equal(l->journal.ids[i], id))
            return i;
    struct broadcast_row *row = NULL;
    int found = -1;
    if (!s->ops->broadcast_by_id(s, id, &row, NULL) || !row)
        life_fail(l, 4, NULL, "the journal tells of a broadcast that is not in the store");
    for (int i = 0; row && i < l->n; i++)
        if (g_str_equal(l->v[i].identifier, row->identifier)) {
            g_strlcpy(l->journal.ids[i], id, sizeof l->journal.ids[i]);
            found = i;
        }
    broadcast_row_free(row);
    return found;
}

static void is_chained(struct life *l, const struct record *r)
{
    if (r->seq != l->journal.seq + 1)
        life_fail(l, 4, NULL, "record %" G_GINT64_FORMAT " follows %" G_GINT64_FORMAT, r->seq,
                  l->journal.seq);
    else if (!g_str_equal(r->prev, l->journal.hash))
        life_fail(l, 4, NULL, "record %" G_GINT64_FORMAT " is not chained to the one before",
                  r->seq);
    else if (l->seed % RECKON_ONE_IN == 0 && !delivery_record_holds(r))
        life_fail(l, 4, NULL, "record %" G_GINT64_FORMAT " has a hash that is not its own", r->seq);
}

/* The attempt that a record tells of; NULL: none was made.  An endpoint has one at a time, so that
 * the oldest without a record is the one: two notices to a desk may look alike. */
static struct sent *attempt_of(const struct life *l, const struct record *r, const char *identifier)
{
    for (guint i = 0; i < l->world->sent->len; i++) {
        struct sent *s = g_ptr_array_index(l->world->sent, i);
        if (!s->stored_ms && !s->crashed && s->attempt == (unsigned)r->attempt &&
            g_str_equal(s->endpoint, r->endpoint) && g_str_equal(s->identifier, identifier) &&
            g_str_equal(outcome_names[s->kind], r->outcome))
            return s;
    }
    return NULL;
}

static bool is_gone(const struct life *l, const char *endpoint)
{
    for (guint i = 0; i < l->world->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(l->world->sent, i);
        if (s->kind == OUTCOME_REFUSED && g_str_equal(s->endpoint, endpoint))
            return true;
    }
    return false;
}

static void take_attempt(struct life *l, const struct record *r, int version)
{
    struct sent *s = attempt_of(l, r, l->v[version].identifier);
    if (l->journal.waiting >> version & 1)
        life_fail(l, 4, r->endpoint, "the journal has an attempt of %s and not who let it go",
                  l->v[version].identifier);
    if (s)
        s->stored_ms = world_now_ms(l->world);
    else if (!g_str_equal(r->outcome, "refused") || !is_gone(l, r->endpoint))
        life_fail(l, 4, r->endpoint, "the journal has an attempt of %s that nobody made: %s",
                  l->v[version].identifier, r->outcome);
}

/* Accepted comes first. */
static void take_record(struct life *l, struct store *s, const struct record *r)
{
    bool refused = g_str_has_prefix(r->event, "security."); /* what was refused is not stored */
    int i = r->broadcast && !refused ? version_of_id(l, s, r->broadcast) : -1;
    if (i < 0)
        return;
    unsigned bit = 1u << i;
    if (g_str_equal(r->event, "broadcast.accepted")) {
        if (l->journal.accepted & bit)
            life_fail(l, 4, NULL, "%s was accepted twice", l->v[i].identifier);
        l->journal.accepted |= bit;
        l->journal.stored_ms[i] = l->journal.let_go_ms[i] = r->time_ms;
    } else if (!(l->journal.accepted & bit)) {
        life_fail(l, 4, NULL, "%s of %s comes before its acceptance", r->event, l->v[i].identifier);
    }
    if (g_str_equal(r->event, "broadcast.held"))
        l->journal.held |= bit;
    if (g_str_equal(r->event, "broadcast.held") || g_str_equal(r->event, "broadcast.pending"))
        l->journal.waiting |= bit;
    if (g_str_equal(r->event, "broadcast.released") ||
        g_str_equal(r->event, "broadcast.approved") ||
        g_str_equal(r->event, "broadcast.bypassed")) {
        l->journal.waiting &= ~bit;
        l->journal.let_go_ms[i] = r->time_ms;
    }
    if (g_str_equal(r->event, "broadcast.extended"))
        l->journal.extended_ms[i] = r->time_ms;
    if (r->outcome && r->endpoint && g_str_has_prefix(r->event, "notification."))
        take_attempt(l, r, i);
}

static void take_page(struct life *l, struct store *s, GPtrArray *page)
{
    for (guint i = 0; i < page->len && !l->fault; i++) {
        const struct record *r = g_ptr_array_index(page, i);
        is_chained(l, r);
        take_record(l, s, r);
        l->journal.seq = r->seq;
        g_strlcpy(l->journal.hash, r->hash, sizeof l->journal.hash);
    }
}

static void read_on(struct life *l, struct store *s)
{
    static const struct record_filter all;
    int64_t last = 0;
    if (!s->ops->journal_last(s, &last, NULL, NULL))
        return; /* the next look will tell */
    if (last < l->journal.seq)
        life_fail(l, 4, NULL,
                  "the journal ended at %" G_GINT64_FORMAT " and ends at %" G_GINT64_FORMAT,
                  l->journal.seq, last);
    while (last > l->journal.seq && !l->fault) {
        g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
        if (!s->ops->journal_read(s, &all, l->journal.seq, 500, page, NULL) || page->len == 0)
            return;
        take_page(l, s, page);
    }
}

void life_read_journal(struct life *l)
{
    struct world *w = l->world;
    world_storage_spare(w->storage, true);
    read_on(l, virtual_store_peek(w->service.store));
    world_storage_spare(w->storage, false);
}

/* The last record that was seen before a crash. */
void life_is_journal_kept(struct life *l)
{
    static const struct record_filter all;
    struct world *w = l->world;
    struct store *s = virtual_store_peek(w->service.store);
    g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    if (l->journal.seq == 0)
        return;
    if (!s->ops->journal_read(s, &all, l->journal.seq - 1, 1, page, NULL) || page->len == 0 ||
        !g_str_equal(((struct record *)g_ptr_array_index(page, 0))->hash, l->journal.hash))
        life_fail(l, 4, NULL, "record %" G_GINT64_FORMAT " did not outlive a crash",
                  l->journal.seq);
}

bool life_is_recorded(struct life *l, const char *broadcast, const char *event,
                      const char *endpoint)
{
    struct store *s = virtual_store_peek(l->world->service.store);
    struct record_filter of = { .broadcast = broadcast };
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    world_storage_spare(l->world->storage, true);
    bool read = s->ops->journal_read(s, &of, 0, 10000, all, NULL);
    world_storage_spare(l->world->storage, false);
    for (guint i = 0; i < all->len; i++) {
        const struct record *r = g_ptr_array_index(all, i);
        if (g_str_has_prefix(r->event, event) &&
            (!endpoint || g_strcmp0(r->endpoint, endpoint) == 0))
            return true;
    }
    return !read;
}

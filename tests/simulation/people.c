#include "people.h"

const struct sent *people_last(const struct world *w, const char *endpoint, const char *identifier)
{
    for (guint i = w->sent->len; i > 0; i--) {
        const struct sent *s = g_ptr_array_index(w->sent, i - 1);
        if (g_str_equal(s->endpoint, endpoint) &&
            (!identifier || g_str_equal(s->identifier, identifier)))
            return s;
    }
    return NULL;
}

unsigned people_heard_between(const struct world *w, const char *endpoint, const char *why,
                              int64_t from_ms, int64_t until_ms)
{
    unsigned n = 0;
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        n += s->kind == OUTCOME_ACCEPTED && g_str_equal(s->endpoint, endpoint) &&
             g_str_has_prefix(s->why, why) && s->at_ms >= from_ms &&
             (until_ms == 0 || s->at_ms < until_ms);
    }
    return n;
}

unsigned people_heard(const struct world *w, const char *endpoint, const char *why)
{
    return people_heard_between(w, endpoint, why, 0, 0);
}

struct reply {
    bool there;
    int outcome;
};

static void answered(const struct acknowledge_result *r, void *ctx)
{
    *(struct reply *)ctx = (struct reply){ true, (int)r->outcome };
}

static int await(struct world *w, struct reply *reply)
{
    for (int64_t at = world_now_ms(w); !reply->there; at++)
        virtual_run_until(w->service.loop, at);
    return reply->outcome;
}

enum acknowledge_outcome people_try(struct world *w, const struct sent *s, const char *code,
                                    enum answer a, const char *note)
{
    char digest[LINK_DIGEST_LEN + 1];
    struct reply reply = { 0 };
    if (!link_digest_of(s->token, digest))
        return ACKNOWLEDGE_UNKNOWN;
    struct acknowledge_request q = { .digest = digest,
                                     .code = code,
                                     .answer = a,
                                     .method = METHOD_PAGE,
                                     .note = note,
                                     .from = "192.0.2.7" };
    acknowledge_submit(&w->service, &q, answered, &reply);
    return (enum acknowledge_outcome)await(w, &reply);
}

enum acknowledge_outcome people_answer(struct world *w, const struct sent *s, enum answer a,
                                       const char *note)
{
    return people_try(w, s, s->code, a, note);
}

enum acknowledge_outcome people_look(struct world *w, const struct sent *s)
{
    char digest[LINK_DIGEST_LEN + 1];
    struct reply reply = { 0 };
    if (!link_digest_of(s->token, digest))
        return ACKNOWLEDGE_UNKNOWN;
    acknowledge_look(&w->service, digest, answered, &reply);
    return (enum acknowledge_outcome)await(w, &reply);
}

static void taken(const struct takeover_result *r, void *ctx)
{
    *(struct reply *)ctx = (struct reply){ true, (int)r->outcome };
}

enum takeover_outcome people_take(struct world *w, const char *id, const char *mission)
{
    struct reply reply = { 0 };
    g_autoptr(GPtrArray) missions = g_ptr_array_new();
    g_ptr_array_add(missions, (gpointer)mission);
    struct takeover_request q = { .id = id,
                                  .principal = "unix:watch",
                                  .missions = mission ? missions : NULL,
                                  .note = "on the telephone" };
    takeover_submit(&w->service, &q, taken, &reply);
    return (enum takeover_outcome)await(w, &reply);
}

/* --- the store --- */

struct look {
    const char *id, *recipient;
    struct standing found;
    bool done;
};

static void note_obligation(struct look *k, const struct obligation *o)
{
    k->found.left += !obligation_is_closed(o);
    if (!k->recipient || !g_str_equal(o->recipient, k->recipient))
        return;
    k->found.there = true;
    k->found.state = o->state;
    k->found.asks = o->asks;
    k->found.answer = o->answer;
    k->found.behind_s = o->behind_s;
    k->found.ladder_due_ms = o->ladder_due_ms;
}

static bool look_at(struct store *s, void *arg, GError **error)
{
    struct look *k = arg;
    struct broadcast_row *row = NULL;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    if (!s->ops->broadcast_by_id(s, k->id, &row, error) || !row)
        return false;
    k->found.broadcast = row->state;
    bool ok = s->ops->obligations(s, row->no, all, error);
    broadcast_row_free(row);
    for (guint i = 0; ok && i < all->len; i++)
        note_obligation(k, g_ptr_array_index(all, i));
    return ok;
}

static void looked(void *arg, const GError *error)
{
    g_assert_no_error(error);
    ((struct look *)arg)->done = true;
}

struct standing people_standing(struct world *w, const char *id, const char *recipient)
{
    struct look k = { .id = id, .recipient = recipient };
    store_thread_submit(w->service.store, look_at, looked, &k);
    virtual_run_until(w->service.loop, world_now_ms(w));
    g_assert_true(k.done);
    return k.found;
}

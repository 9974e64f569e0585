/*
 * The roster of a history, and how it changes once: at some missions people move, leave or come.
 *
 * A version is resolved by the roster of one moment between its arrival and its release: which one
 * that was is known only where the change came before the one or after the other.
 */
#include "flow/roster_keeper.h"
#include "life.h"

#define RESOLVED_MS (10 * LIFE_MINUTE) /* what was resolved is stored so soon, or resolved anew */
#define TRIES 20
#define EDITS (3 * LIFE_MISSIONS)

static const struct way {
    char name; /* of the mailbox; 'h': the web host */
    unsigned rank;
    enum life_change comes; /* LIFE_SAME: it was always there */
    unsigned goes;          /* bits: with these changes */
} ways[] = {
    { 'r', 1, LIFE_SAME, 1u << LIFE_FIRST_MOVES },
    { 'h', 1, LIFE_SAME, 1u << LIFE_FIRST_UNHOOKED },
    { 'r', 2, LIFE_SAME, 1u << LIFE_SECOND_MOVES | 1u << LIFE_SECOND_LEAVES },
    { 'n', 1, LIFE_FIRST_MOVES, 0 },
    { 'n', 2, LIFE_SECOND_MOVES, 0 },
    { 'r', 3, LIFE_THIRD_COMES, 0 },
};

static char *endpoint_of(const struct way *w, unsigned mission)
{
    return w->name == 'h' ? g_strdup_printf("https://h%u.hooks.example/m%04u", mission, mission)
                          : g_strdup_printf("mailto:%c%u@m%04u.example", w->name, w->rank, mission);
}

/* --- what it says --- */

static bool lists(const struct life *l, const struct way *w, unsigned mission, bool changed)
{
    enum life_change here = changed && l->changed >> (mission - 1) & 1 ? l->change : LIFE_SAME;
    return w->comes ? here == w->comes : !(w->goes >> here & 1);
}

static bool is_before(const struct life *l, const struct broadcast_row *row)
{
    return !l->change_from_ms || row->released_ms < l->change_from_ms;
}

static bool is_after(const struct life *l, const struct broadcast_row *row)
{
    return l->change_to_ms &&
           (row->received_ms > l->change_to_ms || row->released_ms > l->change_to_ms + RESOLVED_MS);
}

static bool is_due(const struct life *l, const struct broadcast_row *row, const struct way *w,
                   unsigned mission)
{
    return (is_after(l, row) || lists(l, w, mission, false)) &&
           (is_before(l, row) || lists(l, w, mission, true));
}

void life_each_due(struct life *l, const struct broadcast_row *row, unsigned mission,
                   void (*fn)(void *ctx, const char *endpoint, unsigned rank), void *ctx)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *endpoint = endpoint_of(&ways[i], mission);
        if (is_due(l, row, &ways[i], mission))
            fn(ctx, endpoint, ways[i].rank);
    }
}

static const struct way *find_way(const char *endpoint, unsigned *mission)
{
    for (*mission = 1; *mission <= LIFE_MISSIONS; ++*mission)
        for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
            g_autofree char *each = endpoint_of(&ways[i], *mission);
            if (g_str_equal(each, endpoint))
                return &ways[i];
        }
    return NULL;
}

bool life_is_listed(const struct life *l, const struct broadcast_row *row, const char *endpoint)
{
    unsigned mission;
    const struct way *w = find_way(endpoint, &mission);
    return w && is_due(l, row, w, mission);
}

bool life_is_gone(const struct life *l, const struct broadcast_row *row, const char *endpoint)
{
    unsigned mission;
    const struct way *w = is_after(l, row) ? find_way(endpoint, &mission) : NULL;
    return w && !lists(l, w, mission, true);
}

/* --- how it changes --- */

/* Four missions apart have the same. */
unsigned life_roster_amount(enum life_change change, unsigned nibble)
{
    return (unsigned)change << 8 | nibble << 4 | nibble;
}

static struct roster_edit edit(const char *field, const char *value)
{
    return (struct roster_edit){ .field = field, .value = value };
}

/* Values owned. */
static size_t edits_of(enum life_change change, unsigned mission, struct roster_edit *out)
{
    static const unsigned ranks[] = { [LIFE_FIRST_MOVES] = 1,
                                      [LIFE_FIRST_UNHOOKED] = 1,
                                      [LIFE_SECOND_MOVES] = 2,
                                      [LIFE_SECOND_LEAVES] = 2,
                                      [LIFE_THIRD_COMES] = 3 };
    unsigned rank = ranks[change];
    size_t n = 0;
    if (change == LIFE_FIRST_UNHOOKED)
        out[n++] = edit("webhook", g_strdup(""));
    else if (change == LIFE_SECOND_LEAVES)
        out[n++] = edit("valid_to", g_strdup("2026-11-22"));
    else
        out[n++] = edit(
            "email", g_strdup_printf("%c%u@m%04u.example", rank == 3 ? 'r' : 'n', rank, mission));
    if (change == LIFE_THIRD_COMES) {
        out[n++] = edit("name", g_strdup("Third"));
        out[n++] = edit("language", g_strdup("en"));
    }
    for (size_t i = 0; i < n; i++) {
        out[i].mission = g_strdup_printf("m%04u", mission);
        out[i].rank = rank;
        out[i].add = rank == 3;
    }
    return n;
}

static void changed(const struct roster_result *r, void *ctx)
{
    struct life_action *a = ctx;
    a->decided = true;
    a->unavailable = r->unavailable != NULL;
    /* Done before a crash, and asked for again: that rank is there. */
    if (faults_any(r->faults) && a->life->n_starts == 0)
        life_fail(a->life, 0, NULL, "a change of the roster was refused");
}

void life_change_roster(struct life_action *a)
{
    struct life *l = a->life;
    struct roster_edit edits[EDITS];
    struct roster_amendment q = { .edits = edits, .principal = "unix:test" };
    l->change = (enum life_change)(a->amount >> 8);
    l->changed = a->amount & 0xff;
    if (!l->change_from_ms)
        l->change_from_ms = world_now_ms(l->world);
    for (unsigned m = 1; m <= LIFE_MISSIONS; m++)
        if (l->changed >> (m - 1) & 1)
            q.n += edits_of(l->change, m, edits + q.n);
    a->state = LIFE_ASKED;
    a->decided = false;
    roster_keeper_amend(&l->world->service, &q, changed, a);
    for (size_t i = 0; i < q.n; i++) {
        g_free((char *)edits[i].mission);
        g_free((char *)edits[i].value);
    }
}

void life_roster_changed(struct life_action *a)
{
    struct life *l = a->life;
    bool again = a->unavailable && ++a->tries < TRIES;
    a->state = again ? LIFE_WAITS : LIFE_DONE;
    a->at_ms = world_now_ms(l->world) + 1000;
    if (a->unavailable)
        return;
    l->change_to_ms = world_now_ms(l->world);
    if (!life_is_recorded(l, NULL, "roster.changed", NULL))
        life_fail(l, 4, NULL, "a change of the roster is not in the journal");
}

/* --- where it lies --- */

static bool save(struct store *s, void *arg, GError **error)
{
    struct life *l = arg;
    const struct roster *r = l->world->service.roster;
    struct roster_change *all = roster_compare(NULL, r, WORLD_START_MS);
    bool ok = s->ops->roster_save(s, r, all, "unix:test", WORLD_START_MS, error);
    roster_change_free(all);
    return ok;
}

static void saved(void *arg, const GError *error)
{
    (void)arg;
    g_assert_no_error(error);
}

void life_keep_roster(struct life *l)
{
    for (int i = 0; i < l->n_actions; i++)
        l->keeps_roster |= l->actions[i].deed == LIFE_ROSTER && !l->actions[i].dropped;
    if (!l->keeps_roster)
        return;
    store_thread_submit(l->world->service.store, save, saved, l);
    virtual_run_until(l->world->service.loop, world_now_ms(l->world));
}

void life_read_roster(struct life *l)
{
    struct world *w = l->world;
    struct store *s = virtual_store_peek(w->service.store);
    if (!l->keeps_roster)
        return;
    world_storage_spare(w->storage, true);
    struct roster *r = s->ops->roster_load(s, NULL);
    world_storage_spare(w->storage, false);
    if (r)
        service_set_roster(&w->service, r);
    else
        life_fail(l, 1, NULL, "the roster cannot be read after a crash");
}

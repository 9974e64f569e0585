#include "model/after_action_time.h"

#include "model/record.h"
#include <string.h>

static int by_value(gconstpointer a, gconstpointer b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static GHashTable *places_of(const GArray *standings)
{
    GHashTable *places = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < standings->len; i++) {
        const struct mission_standing *s = &g_array_index(standings, struct mission_standing, i);
        g_hash_table_insert(places, s->mission->id, GUINT_TO_POINTER(i + 1));
    }
    return places;
}

static void take_record(const struct record *r, GHashTable *places, GArray *times)
{
    g_auto(GStrv) ids = g_strsplit(r->missions ? r->missions : "", " ", -1);
    for (char **id = ids; *id; id++) {
        guint place = GPOINTER_TO_UINT(g_hash_table_lookup(places, *id));
        if (!place)
            continue;
        struct after_action_time *t = &g_array_index(times, struct after_action_time, place - 1);
        if (!t->reached_ms || r->time_ms < t->reached_ms)
            t->reached_ms = r->time_ms;
    }
}

/* An office that was reached is no mission that was. */
static void find_reached(const struct after_action_source *of, GHashTable *places, GArray *times)
{
    g_autoptr(GHashTable) people = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < of->obligations->len; i++) {
        struct obligation *o = of->obligations->pdata[i];
        if (o->kind == OBLIGATION_REPRESENTATIVE)
            g_hash_table_add(people, o->recipient);
    }
    for (guint i = 0; i < of->records->len; i++) {
        const struct record *r = of->records->pdata[i];
        if (g_str_equal(r->event, "notification.accepted") && r->recipient &&
            g_hash_table_contains(people, r->recipient) &&
            !g_strcmp0(r->broadcast, of->broadcast->id))
            take_record(r, places, times);
    }
}

/* When each person of each mission acknowledged: lists of int64_t, one a mission. */
static GPtrArray *acknowledged_of(const struct after_action_source *of, GHashTable *places, guint n)
{
    GPtrArray *lists = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    for (guint i = 0; i < n; i++)
        g_ptr_array_add(lists, g_array_new(FALSE, FALSE, sizeof(int64_t)));
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < of->obligations->len; i++) {
        const struct obligation *o = of->obligations->pdata[i];
        bool counts =
            o->kind == OBLIGATION_REPRESENTATIVE && o->asks && o->state == OBLIGATION_ACKNOWLEDGED;
        for (guint k = 0; counts && k < o->missions->len; k++) {
            const char *id = o->missions->pdata[k];
            guint place = GPOINTER_TO_UINT(g_hash_table_lookup(places, id));
            if (place && g_hash_table_add(seen, g_strjoin("\n", id, o->recipient, o->name, NULL)))
                g_array_append_val(lists->pdata[place - 1], o->ended_ms);
        }
    }
    return lists;
}

GArray *after_action_times(const struct after_action_source *of, const GArray *standings)
{
    GArray *times = g_array_new(FALSE, TRUE, sizeof(struct after_action_time));
    g_array_set_size(times, standings->len);
    g_autoptr(GHashTable) places = places_of(standings);
    find_reached(of, places, times);
    g_autoptr(GPtrArray) lists = acknowledged_of(of, places, standings->len);
    for (guint i = 0; i < standings->len; i++) {
        const struct mission_standing *s = &g_array_index(standings, struct mission_standing, i);
        GArray *list = lists->pdata[i];
        g_array_sort(list, by_value);
        if (s->answer == MISSION_COVERED && s->needed && list->len >= s->needed)
            g_array_index(times, struct after_action_time, i).covered_ms =
                g_array_index(list, int64_t, s->needed - 1);
    }
    return times;
}

struct change { /* one mission more, at an instant */
    int64_t time_ms;
    unsigned reached, covered;
};

static void append_change(GArray *changes, int64_t time_ms, unsigned reached, unsigned covered)
{
    struct change c = { time_ms, reached, covered };
    if (time_ms)
        g_array_append_val(changes, c);
}

GArray *after_action_steps(const GArray *times)
{
    g_autoptr(GArray) changes = g_array_new(FALSE, FALSE, sizeof(struct change));
    for (guint i = 0; i < times->len; i++) {
        const struct after_action_time *t = &g_array_index(times, struct after_action_time, i);
        append_change(changes, t->reached_ms, 1, 0);
        append_change(changes, t->covered_ms, 0, 1);
    }
    g_array_sort(changes, by_value); /* the instant is the first member */
    GArray *steps = g_array_new(FALSE, FALSE, sizeof(struct after_action_step));
    struct after_action_step now = { 0 };
    for (guint i = 0; i < changes->len; i++) {
        const struct change *c = &g_array_index(changes, struct change, i);
        bool same = steps->len > 0 && now.time_ms == c->time_ms;
        now.time_ms = c->time_ms;
        now.reached += c->reached;
        now.covered += c->covered;
        if (same)
            g_array_index(steps, struct after_action_step, steps->len - 1) = now;
        else
            g_array_append_val(steps, now);
    }
    return steps;
}

static void widen(int64_t *first, int64_t *last, int64_t ms)
{
    if (!ms)
        return;
    *first = *first ? MIN(*first, ms) : ms;
    *last = MAX(*last, ms);
}

void after_action_ends(const GArray *times, struct after_action *into)
{
    for (guint i = 0; i < times->len; i++) {
        const struct after_action_time *t = &g_array_index(times, struct after_action_time, i);
        widen(&into->first_reached_ms, &into->last_reached_ms, t->reached_ms);
        widen(&into->first_covered_ms, &into->last_covered_ms, t->covered_ms);
    }
}

int64_t after_action_median(GArray *values)
{
    if (!values->len)
        return -1;
    g_array_sort(values, by_value);
    guint middle = values->len / 2;
    int64_t upper = g_array_index(values, int64_t, middle);
    return values->len % 2 ? upper : (g_array_index(values, int64_t, middle - 1) + upper) / 2;
}

#include "model/roster.h"
#include <string.h>

struct roster {
    gint refs;           /* atomic */
    GPtrArray *missions; /* struct mission *, owned, in the order of the import */
    GHashTable *by_id;   /* id, borrowed from its mission -> place in missions, from 1 on */
    size_t n_representatives;
};

struct roster *roster_new(void)
{
    struct roster *r = g_new0(struct roster, 1);

    r->refs = 1;
    r->missions = g_ptr_array_new_with_free_func((GDestroyNotify)mission_free);
    r->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    return r;
}

bool roster_add(struct roster *r, struct mission *m)
{
    if (g_hash_table_contains(r->by_id, m->id)) {
        mission_free(m);
        return false;
    }
    g_ptr_array_add(r->missions, m);
    g_hash_table_insert(r->by_id, m->id, GUINT_TO_POINTER(r->missions->len));
    r->n_representatives += m->representatives->len;
    return true;
}

bool roster_add_representative(struct roster *r, const char *mission, struct representative *p,
                               const char **why)
{
    struct mission *m;
    size_t place;
    guint at = 0;

    if (!roster_place(r, mission, &place)) {
        *why = "there is no such mission";
        representative_free(p);
        return false;
    }
    m = r->missions->pdata[place];
    for (; at < m->representatives->len; at++) {
        const struct representative *other = m->representatives->pdata[at];
        if (other->rank == p->rank) {
            *why = "the mission has a representative of that rank already";
            representative_free(p);
            return false;
        }
        if (other->rank > p->rank)
            break;
    }
    g_ptr_array_insert(m->representatives, (gint)at, p);
    r->n_representatives++;
    return true;
}

struct roster *roster_ref(struct roster *r)
{
    g_atomic_int_inc(&r->refs);
    return r;
}

void roster_unref(struct roster *r)
{
    if (r == NULL || !g_atomic_int_dec_and_test(&r->refs))
        return;
    g_hash_table_unref(r->by_id);
    g_ptr_array_unref(r->missions);
    g_free(r);
}

size_t roster_count(const struct roster *r)
{
    return r->missions->len;
}

const struct mission *roster_at(const struct roster *r, size_t i)
{
    return r->missions->pdata[i];
}

bool roster_place(const struct roster *r, const char *id, size_t *place)
{
    guint from_1 = GPOINTER_TO_UINT(g_hash_table_lookup(r->by_id, id));

    *place = from_1 - 1;
    return from_1 > 0;
}

const struct mission *roster_find(const struct roster *r, const char *id)
{
    size_t place;

    return roster_place(r, id, &place) ? roster_at(r, place) : NULL;
}

size_t roster_representative_count(const struct roster *r)
{
    return r->n_representatives;
}

/* Absent is "" or NULL; both are the same. */
static bool same_text(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static bool same_representative(const struct representative *a, const struct representative *b)
{
    return a->rank == b->rank && a->exercises == b->exercises && same_text(a->name, b->name) &&
           same_text(a->language, b->language) && same_text(a->email, b->email) &&
           same_text(a->phone, b->phone) && same_text(a->webhook, b->webhook) &&
           same_text(a->valid_from, b->valid_from) && same_text(a->valid_to, b->valid_to);
}

/* By what the roster file says; zone and point follow from it. */
static bool same_mission(const struct mission *a, const struct mission *b)
{
    if (!same_text(a->country, b->country) || !same_text(a->name, b->name) ||
        !same_text(a->kind, b->kind) || !same_text(a->street, b->street) ||
        !same_text(a->city, b->city) || !same_text(a->state, b->state) ||
        !same_text(a->zip, b->zip) || !same_text(a->lat_text, b->lat_text) ||
        !same_text(a->lon_text, b->lon_text) || !same_text(a->timezone, b->timezone) ||
        !same_text(a->county_fips, b->county_fips) || a->threat != b->threat ||
        !same_text(a->office, b->office) || !same_text(a->origin, b->origin) ||
        a->representatives->len != b->representatives->len)
        return false;
    for (guint i = 0; i < a->representatives->len; i++)
        if (!same_representative(a->representatives->pdata[i], b->representatives->pdata[i]))
            return false;
    return true;
}

static bool below_two(const struct mission *m, int64_t at_ms)
{
    char date[MISSION_DATE_SIZE];
    unsigned valid = 0;

    mission_local_date(m, at_ms, date);
    for (guint i = 0; i < m->representatives->len; i++) {
        const struct representative *p = m->representatives->pdata[i];
        valid += representative_has_endpoint(p) && representative_in_dates(p, date);
    }
    return valid < 2;
}

struct roster_change *roster_compare(const struct roster *before, const struct roster *after,
                                     int64_t at_ms)
{
    struct roster_change *c = g_new(struct roster_change, 1);

    c->added = g_ptr_array_new_with_free_func(g_free);
    c->changed = g_ptr_array_new_with_free_func(g_free);
    c->removed = g_ptr_array_new_with_free_func(g_free);
    c->below_two = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < roster_count(after); i++) {
        const struct mission *m = roster_at(after, i);
        const struct mission *old = before == NULL ? NULL : roster_find(before, m->id);
        if (old == NULL)
            g_ptr_array_add(c->added, g_strdup(m->id));
        else if (!same_mission(old, m))
            g_ptr_array_add(c->changed, g_strdup(m->id));
        if (below_two(m, at_ms) && (old == NULL || !below_two(old, at_ms)))
            g_ptr_array_add(c->below_two, g_strdup(m->id));
    }
    for (size_t i = 0; before != NULL && i < roster_count(before); i++)
        if (roster_find(after, roster_at(before, i)->id) == NULL)
            g_ptr_array_add(c->removed, g_strdup(roster_at(before, i)->id));
    return c;
}

void roster_change_free(struct roster_change *c)
{
    if (c == NULL)
        return;
    g_ptr_array_unref(c->added);
    g_ptr_array_unref(c->changed);
    g_ptr_array_unref(c->removed);
    g_ptr_array_unref(c->below_two);
    g_free(c);
}

bool roster_change_is_drastic(const struct roster_change *c, size_t missions_before)
{
    size_t removed = c->removed->len;
    return removed > 0 && (removed == missions_before || removed * 10 > missions_before);
}

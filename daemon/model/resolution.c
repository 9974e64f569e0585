#include "model/resolution.h"
#include "model/selector.h"
#include <string.h>

/* Zone and hours arithmetic costs microseconds; few zones and posts stand behind many missions. */
struct resolving {
    struct resolution *result;
    struct faults *faults;
    const char *place;
    GHashTable *dates;  /* GTimeZone * -> char[MISSION_DATE_SIZE], owned */
    GHashTable *duties; /* struct office * -> struct duty[kinds + 1], owned; unset: neither party */
};

static void resolved_mission_free(gpointer data)
{
    struct resolved_mission *m = data;

    g_free(m->because);
    g_free(m->office_because);
    g_ptr_array_unref(m->representatives);
    g_clear_pointer(&m->gaps, g_ptr_array_unref);
    g_free(m);
}

static const char *local_date(struct resolving *g, const struct mission *m)
{
    char *date = g_hash_table_lookup(g->dates, m->tz);

    if (date == NULL) {
        date = g_malloc(MISSION_DATE_SIZE);
        mission_local_date(m, g->result->as_of_ms, date);
        g_hash_table_insert(g->dates, m->tz, date);
    }
    return date;
}

static struct duty duty_of(struct resolving *g, const struct office *o, const char *kind)
{
    struct duty *by_kind = g_hash_table_lookup(g->duties, o);
    size_t k = 0;

    while (mission_kinds[k] != NULL && strcmp(mission_kinds[k], kind) != 0)
        k++;
    if (mission_kinds[k] == NULL) /* a kind of which nothing is known */
        return duty_at(g->result->directory, o, kind, g->result->as_of_ms);
    if (by_kind == NULL) {
        size_t kinds = g_strv_length((char **)mission_kinds);
        by_kind = g_new0(struct duty, kinds);
        g_hash_table_insert(g->duties, (gpointer)o, by_kind);
    }
    if (by_kind[k].office == NULL && by_kind[k].desk == NULL)
        by_kind[k] = duty_at(g->result->directory, o, kind, g->result->as_of_ms);
    return by_kind[k];
}

/* Why a representative cannot be written to, or NULL; caller frees. */
static char *representative_gap(const struct representative *p, const char *date)
{
    if (p->valid_to != NULL && p->valid_to[0] != '\0' && strcmp(p->valid_to, date) < 0)
        return g_strdup_printf("representative %u expired %s", p->rank, p->valid_to);
    if (!representative_in_dates(p, date))
        return g_strdup_printf("representative %u begins %s", p->rank, p->valid_from);
    if (!representative_has_endpoint(p))
        return g_strdup_printf("representative %u has neither mailbox nor webhook", p->rank);
    return NULL;
}

/* Most missions have none, and then the roster's own list is theirs. */
static GPtrArray *representative_gaps(const GPtrArray *all, const char *date, GPtrArray **valid)
{
    GPtrArray *gaps = NULL;

    for (guint i = 0; i < all->len; i++) {
        char *gap = representative_gap(all->pdata[i], date);
        if (gap != NULL && gaps == NULL) {
            gaps = g_ptr_array_new_with_free_func(g_free);
            *valid = g_ptr_array_sized_new(all->len);
            for (guint k = 0; k < i; k++)
                g_ptr_array_add(*valid, all->pdata[k]);
        }
        if (gap != NULL)
            g_ptr_array_add(gaps, gap);
        else if (gaps != NULL)
            g_ptr_array_add(*valid, all->pdata[i]);
    }
    if (gaps == NULL)
        *valid = g_ptr_array_ref((GPtrArray *)all);
    return gaps;
}

static void resolve_representatives(struct resolving *g, struct resolved_mission *r)
{
    const char *date = local_date(g, r->mission);

    r->gaps = representative_gaps(r->mission->representatives, date, &r->representatives);
    if (r->representatives->len >= 2)
        return;
    if (r->gaps == NULL)
        r->gaps = g_ptr_array_new_with_free_func(g_free);
    /* the mission's own gap comes first */
    g_ptr_array_insert(r->gaps, 0,
                       g_strdup(r->representatives->len == 0
                                    ? "no valid representative"
                                    : "fewer than two valid representatives"));
}

static void resolve_mission(struct resolving *g, struct selector_candidate *c, const char *because)
{
    if (selector_office(c) == NULL) {
        faults_add(g->faults, g->place, "no-office",
                   "no office can be told for mission “%s”: it names none, no office is for its "
                   "city, and it has no coordinates",
                   c->mission->id);
        return;
    }
    struct resolved_mission *r = g_new0(struct resolved_mission, 1);
    r->mission = c->mission;
    r->because = g_strdup(because);
    r->office = c->office;
    r->office_because = g_steal_pointer(&c->office_because);
    r->duty = duty_of(g, r->office, r->mission->kind != NULL ? r->mission->kind : "");
    resolve_representatives(g, r);
    g_ptr_array_add(g->result->missions, r);
}

static void resolve_all(struct resolving *g, struct selector *s)
{
    const struct roster *r = g->result->roster;
    g_autoptr(GString) because = g_string_new(NULL);
    g_autoptr(GArray) named = selector_named(s, r);
    size_t n = named != NULL ? named->len : roster_count(r);

    for (size_t i = 0; i < n; i++) {
        const struct mission *m = roster_at(r, named != NULL ? g_array_index(named, size_t, i) : i);
        struct selector_candidate c = { m, g->result->directory, false, NULL, NULL };
        g_string_truncate(because, 0);
        if (selector_match(s, &c, because))
            resolve_mission(g, &c, because->str);
        g_free(c.office_because);
    }
    selector_warn(s, g->faults);
    if (!s->hit)
        faults_warn(g->faults, g->place, "no-missions", "the audience matches no mission at all");
}

struct resolution *resolution_make(const struct audience *a, struct roster *r, struct directory *d,
                                   int64_t as_of_ms, const char *base_place, struct faults *f)
{
    guint errors = f->errors->len;
    struct selector *s = selector_new(a, r, d, base_place, f);

    if (s == NULL)
        return NULL;
    struct resolution *result = g_new(struct resolution, 1);
    *result = (struct resolution){ roster_ref(r), directory_ref(d), as_of_ms,
                                   g_ptr_array_new_with_free_func(resolved_mission_free) };
    struct resolving g = {
        .result = result,
        .faults = f,
        .place = base_place,
        .dates = g_hash_table_new_full(NULL, NULL, NULL, g_free),
        .duties = g_hash_table_new_full(NULL, NULL, NULL, g_free),
    };
    resolve_all(&g, s);
    g_hash_table_unref(g.dates);
    g_hash_table_unref(g.duties);
    selector_free(s);
    if (f->errors->len > errors)
        g_clear_pointer(&result, resolution_free);
    return result;
}

struct resolution *resolution_empty(struct roster *r, struct directory *d, int64_t as_of_ms)
{
    struct resolution *result = g_new0(struct resolution, 1);

    result->roster = roster_ref(r);
    result->directory = directory_ref(d);
    result->as_of_ms = as_of_ms;
    result->missions = g_ptr_array_new_with_free_func(resolved_mission_free);
    return result;
}

void resolution_free(struct resolution *r)
{
    if (r == NULL)
        return;
    g_ptr_array_unref(r->missions);
    roster_unref(r->roster);
    directory_unref(r->directory);
    g_free(r);
}

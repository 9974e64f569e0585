#include "flow/roster_edit.h"

#include "wire/roster_fields.h"

#define MAX_RANK 99

struct copy {
    struct faults *faults;
    struct roster_fields *fields;
    const struct roster_edit *edits;
    size_t n;
    unsigned rank; /* of the row being copied; 0: the mission's */
};

static char *place_of(unsigned rank, const char *field)
{
    return rank ? g_strdup_printf("/representatives/%u/%s", rank, field)
                : g_strconcat("/", field, NULL);
}

static const char *const *columns_of(unsigned rank)
{
    return rank ? roster_representative_columns : roster_mission_columns;
}

static void complain(void *ctx, bool warning, size_t column, const char *code, const char *detail)
{
    struct copy *p = ctx;
    g_autofree char *place = place_of(p->rank, columns_of(p->rank)[column]);
    if (warning)
        faults_warn(p->faults, place, code, "%s", detail);
    else
        faults_add(p->faults, place, code, "%s", detail);
}

/* The value that an edit gives that field; the last one counts. */
static const char *value_of(const struct copy *p, const char *mission, unsigned rank,
                            const char *field, const char *old)
{
    for (size_t i = p->n; i > 0; i--) {
        const struct roster_edit *e = &p->edits[i - 1];
        if (e->rank == rank && g_str_equal(e->mission, mission) && g_str_equal(e->field, field))
            return e->value;
    }
    return old;
}

/* old NULL: a new one, who takes part in no exercise unless it is said. */
static struct representative *copy_representative(struct copy *p, const struct mission *of,
                                                  const struct representative *old, unsigned rank)
{
    struct representative *r = roster_fields_new_representative();
    g_autofree char *rank_text = g_strdup_printf("%u", rank);
    p->rank = rank;
    for (size_t i = 0; i < ROSTER_REPRESENTATIVE_COLUMNS; i++) {
        const char *name = roster_representative_columns[i], *text = "";
        if (i == ROSTER_COLUMN_MISSION)
            text = of->id;
        else if (g_str_equal(name, "rank"))
            text = rank_text;
        else if (old)
            text = roster_fields_representative_text(of, old, i);
        else if (g_str_equal(name, "exercises"))
            text = "no";
        roster_fields_set_representative(p->fields, r, i, value_of(p, of->id, rank, name, text));
    }
    roster_fields_finish_representative(p->fields, r);
    return r;
}

static struct mission *copy_mission(struct copy *p, const struct mission *old)
{
    struct mission *m = roster_fields_new_mission();
    p->rank = 0;
    for (size_t i = 0; i < ROSTER_MISSION_COLUMNS; i++)
        roster_fields_set_mission(
            p->fields, m, i,
            value_of(p, old->id, 0, roster_mission_columns[i], roster_fields_mission_text(old, i)));
    roster_fields_finish_mission(p->fields, m);
    return m;
}

static void add_representative(struct copy *p, struct roster *to, const struct mission *of,
                               const struct representative *old, unsigned rank)
{
    const char *why;
    g_autofree char *place = place_of(rank, "rank");
    if (!roster_add_representative(to, of->id, copy_representative(p, of, old, rank), &why))
        faults_add(p->faults, place, "duplicate-rank", "%s", why);
}

static void add_new(struct copy *p, struct roster *to, const struct mission *of)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct roster_edit *e = &p->edits[i];
        bool first = e->add && g_str_equal(e->mission, of->id);
        for (size_t k = 0; first && k < i; k++)
            first = p->edits[k].rank != e->rank || !g_str_equal(p->edits[k].mission, of->id);
        if (first)
            add_representative(p, to, of, NULL, e->rank);
    }
}

static void copy_all(struct copy *p, const struct roster *before, struct roster *to)
{
    for (size_t i = 0; i < roster_count(before); i++) {
        const struct mission *old = roster_at(before, i);
        roster_add(to, copy_mission(p, old));
        for (guint k = 0; k < old->representatives->len; k++) {
            const struct representative *r = g_ptr_array_index(old->representatives, k);
            add_representative(p, to, old, r, r->rank);
        }
        add_new(p, to, old);
    }
}

static bool has_rank(const struct mission *m, unsigned rank)
{
    for (guint i = 0; i < m->representatives->len; i++)
        if (((const struct representative *)g_ptr_array_index(m->representatives, i))->rank == rank)
            return true;
    return false;
}

/* What a field can be changed: all but what a row is known by. */
static bool has_field(const struct roster_edit *e)
{
    const char *const *columns = columns_of(e->rank);
    return g_strv_contains(columns + ROSTER_COLUMN_MISSION + 1, e->field);
}

static void check(const struct roster_edit *e, const struct roster *before, struct faults *f)
{
    const struct mission *m = roster_find(before, e->mission);
    g_autofree char *place = place_of(e->rank, e->field), *at_rank = place_of(e->rank, "rank");
    if (!m)
        faults_add(f, "", "unknown-mission", "there is no mission \"%s\"", e->mission);
    else if (e->rank && !e->add && !has_rank(m, e->rank))
        faults_add(f, place, "unknown-representative", "%s has no representative of rank %u",
                   e->mission, e->rank);
    else if (e->add && has_rank(m, e->rank))
        faults_add(f, at_rank, "duplicate-rank", "%s has a representative of rank %u already",
                   e->mission, e->rank);
    else if (!has_field(e))
        faults_add(f, place, "unknown-member", "there is no field \"%s\" that can be set",
                   e->field);
}

struct roster *roster_edit_make(const struct roster *before, const struct directory *d,
                                const struct roster_edit *edits, size_t n, struct faults *f)
{
    struct copy p = { .faults = f, .edits = edits, .n = n };
    for (size_t i = 0; i < n; i++)
        check(&edits[i], before, f);
    if (faults_any(f))
        return NULL;
    p.fields = roster_fields_new(d, complain, &p);
    struct roster *after = roster_new();
    copy_all(&p, before, after);
    roster_fields_free(p.fields);
    if (!faults_any(f))
        return after;
    roster_unref(after);
    return NULL;
}

unsigned roster_edit_free_rank(const struct mission *m)
{
    unsigned rank = 1;
    while (rank <= MAX_RANK && has_rank(m, rank))
        rank++;
    return rank <= MAX_RANK ? rank : 0;
}

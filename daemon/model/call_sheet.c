#include "model/call_sheet.h"

#include "model/answer.h"
#include "model/hours.h"
#include "model/message.h"
#include "model/record.h"
#include "model/tried.h"
#include <string.h>

struct work { /* one broadcast while its rows are made */
    struct call_sheet *sheet;
    const struct call_sheet_source *of;
    struct tried *tried;
    GHashTable *by_mission; /* id -> GPtrArray of const struct obligation *, all kinds */
};

static void try_free(gpointer data)
{
    struct call_sheet_try *t = data;
    g_free(t->endpoint);
    g_free(t->outcome);
    g_free(t->reply);
    g_free(t);
}

static void row_free(gpointer data)
{
    struct call_sheet_row *r = data;
    char *const strings[] = { r->broadcast,    r->identifier, r->headline,  r->mission,
                              r->mission_name, r->kind,       r->city,      r->state,
                              r->timezone,     r->office,     r->recipient, r->name,
                              r->phone,        r->language,   r->condition, r->why,
                              r->answer,       r->local_time, r->taken_by };
    for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
        g_free(strings[i]);
    g_ptr_array_unref(r->tries);
    g_free(r);
}

struct call_sheet *call_sheet_new(int64_t now_ms, bool with_taken)
{
    struct call_sheet *s = g_new0(struct call_sheet, 1);
    s->now_ms = now_ms;
    s->with_taken = with_taken;
    s->rows = g_ptr_array_new_with_free_func(row_free);
    return s;
}

void call_sheet_free(struct call_sheet *s)
{
    if (!s)
        return;
    g_ptr_array_unref(s->rows);
    g_free(s);
}

static char *copy(const char *s)
{
    return g_strdup(s ? s : "");
}

static char *local_time(const char *zone, int64_t now_ms)
{
    GTimeZone *tz = zone && hours_zone_name_is_valid(zone) ? hours_zone(zone) : NULL;
    if (!tz)
        tz = g_time_zone_new_utc();
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(now_ms / 1000);
    g_autoptr(GDateTime) there = g_date_time_to_timezone(utc, tz);
    g_time_zone_unref(tz);
    return g_date_time_format(there, "%Y-%m-%d %H:%M %Z");
}

/* A row of that mission, of nobody yet. */
static struct call_sheet_row *add_row(const struct work *w, const struct mission_standing *s)
{
    const struct broadcast *b = w->of->broadcast;
    const struct affected_mission *m = s->mission;
    const struct message *text = message_first(b, "en", m->id);
    struct call_sheet_row *r = g_new0(struct call_sheet_row, 1);
    r->broadcast_no = w->of->no;
    r->broadcast = copy(b->id);
    r->identifier = copy(b->identifier);
    r->headline = copy(text ? text->headline : "");
    r->urgency = b->urgency;
    r->mission = copy(m->id);
    r->mission_name = copy(m->name);
    r->kind = copy(m->kind);
    r->city = copy(m->city);
    r->state = copy(m->state);
    r->timezone = copy(m->timezone);
    r->office = copy(m->office);
    r->threat = m->threat;
    r->asked = s->asked;
    r->acknowledged = s->acknowledged;
    r->needed = s->needed;
    r->local_time = local_time(m->timezone, w->sheet->now_ms);
    r->tries = g_ptr_array_new_with_free_func(try_free);
    g_ptr_array_add(w->sheet->rows, r);
    return r;
}

static void set_person(struct call_sheet_row *r, unsigned rank, const char *name, const char *phone,
                       const char *language, const char *condition, const char *why)
{
    r->recipient = rank ? g_strdup_printf("%s/%u", r->mission, rank) : g_strdup("");
    r->rank = rank;
    r->name = copy(name);
    r->phone = copy(phone);
    r->language = copy(language);
    r->condition = copy(condition);
    r->why = copy(why);
    if (!r->answer)
        r->answer = g_strdup("");
    if (!r->taken_by)
        r->taken_by = g_strdup("");
}

static void add_tries(const struct work *w, struct call_sheet_row *r, const GArray *ordinals)
{
    g_autoptr(GArray) ways = tried_ways(w->tried, ordinals);
    for (guint i = 0; i < ways->len; i++) {
        const struct tried_way *from = &g_array_index(ways, struct tried_way, i);
        struct call_sheet_try *t = g_new0(struct call_sheet_try, 1);
        t->channel = from->channel;
        t->endpoint = copy(from->endpoint);
        t->attempts = from->attempts;
        t->state = notification_state_names[from->state];
        t->outcome = copy(from->outcome);
        t->reply = copy(from->reply);
        t->last_ms = from->last_ms;
        g_ptr_array_add(r->tries, t);
    }
}

static bool is_same_person(const struct obligation *a, const struct obligation *b)
{
    return !g_strcmp0(a->recipient, b->recipient) && !g_strcmp0(a->name, b->name);
}

/* The roster's word on that person, NULL where it has them no more. */
static const struct representative *in_roster(const struct mission *m, const struct obligation *o)
{
    for (guint i = 0; m && i < m->representatives->len; i++) {
        const struct representative *p = m->representatives->pdata[i];
        if (p->rank == o->rank && !g_strcmp0(p->name, o->name))
            return p;
    }
    return NULL;
}

static const char *why_of(const struct obligation *o)
{
    if (o->answer == ANSWER_WRONG_PERSON)
        return OBLIGATION_WRONG_PERSON;
    return o->state == OBLIGATION_UNREACHABLE ? OBLIGATION_ALL_REFUSED : "";
}

/* mine: the obligations of one person, in their order; the last is the word that counts. */
static void add_person(const struct work *w, const struct mission_standing *s,
                       const GPtrArray *mine, const struct mission *known)
{
    const struct obligation *first = mine->pdata[0], *o = mine->pdata[mine->len - 1];
    const struct representative *now = in_roster(known, o);
    struct call_sheet_row *r = add_row(w, s);
    g_autoptr(GArray) ordinals = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = 0; i < mine->len; i++) {
        const struct obligation *each = mine->pdata[i];
        g_array_append_val(ordinals, each->ordinal);
    }
    r->answer = copy(answer_names[o->answer]);
    r->taken_by = copy(o->taken_by);
    r->begun_ms = first->begun_ms;
    set_person(r, o->rank, o->name, now && *now->phone ? now->phone : o->phone,
               now && *now->language ? now->language : o->language,
               obligation_state_names[o->state], why_of(o));
    add_tries(w, r, ordinals);
}

/* Those whom nothing was sent to, but who can be called. */
static void add_unwritten(const struct work *w, const struct mission_standing *s,
                          const struct mission *known, const GPtrArray *obligations)
{
    for (guint i = 0; known && i < known->representatives->len; i++) {
        const struct representative *p = known->representatives->pdata[i];
        bool written = !*p->phone;
        for (guint k = 0; !written && k < obligations->len; k++) {
            const struct obligation *o = obligations->pdata[k];
            written = o->kind == OBLIGATION_REPRESENTATIVE && o->rank == p->rank &&
                      !g_strcmp0(o->name, p->name);
        }
        if (!written)
            set_person(add_row(w, s), p->rank, p->name, p->phone, p->language, "not-written-to",
                       s->mission->gaps);
    }
}

/* The obligations of o's person; NULL if an earlier one of them was taken already, or if that
 * person has acknowledged. */
static GPtrArray *whole_person(const GPtrArray *obligations, guint at)
{
    const struct obligation *o = obligations->pdata[at];
    GPtrArray *mine = g_ptr_array_new();
    bool done = o->kind != OBLIGATION_REPRESENTATIVE;
    for (guint i = 0; !done && i < obligations->len; i++) {
        const struct obligation *other = obligations->pdata[i];
        if (other->kind != o->kind || !is_same_person(o, other))
            continue;
        done = i < at || other->state == OBLIGATION_ACKNOWLEDGED;
        g_ptr_array_add(mine, (gpointer)other);
    }
    if (!done)
        return mine;
    g_ptr_array_unref(mine);
    return NULL;
}

static void add_mission(const struct work *w, const struct mission_standing *s)
{
    const char *id = s->mission->id;
    const struct mission *known = w->of->roster ? roster_find(w->of->roster, id) : NULL;
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    const GPtrArray *obligations = g_hash_table_lookup(w->by_mission, id);
    if (!obligations)
        obligations = none;
    guint before = w->sheet->rows->len;
    for (guint i = 0; i < obligations->len; i++) {
        g_autoptr(GPtrArray) mine = whole_person(obligations, i);
        if (mine)
            add_person(w, s, mine, known);
    }
    add_unwritten(w, s, known, obligations);
    if (w->sheet->rows->len == before)
        set_person(add_row(w, s), 0, "", "", "", "nobody", s->mission->gaps);
    w->sheet->missions++;
}

static void index_obligations(struct work *w)
{
    for (guint i = 0; i < w->of->obligations->len; i++) {
        struct obligation *o = w->of->obligations->pdata[i];
        for (guint k = 0; k < o->missions->len; k++) {
            char *id = o->missions->pdata[k];
            GPtrArray *list = g_hash_table_lookup(w->by_mission, id);
            if (!list) {
                list = g_ptr_array_new();
                g_hash_table_insert(w->by_mission, id, list);
            }
            g_ptr_array_add(list, o);
        }
    }
}

void call_sheet_add(struct call_sheet *s, const struct call_sheet_source *of)
{
    struct work w = { .sheet = s, .of = of };
    w.tried = tried_new(of->broadcast->id, of->notifications, of->records);
    w.by_mission =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    index_obligations(&w);
    g_autoptr(GArray) standings =
        quorum_standings(&of->quorum, of->broadcast, of->missions, of->obligations);
    for (guint i = 0; i < standings->len; i++) {
        const struct mission_standing *m = &g_array_index(standings, struct mission_standing, i);
        if (m->answer == MISSION_WAITING || (s->with_taken && m->answer == MISSION_TAKEN))
            add_mission(&w, m);
    }
    s->affected += standings->len;
    g_hash_table_unref(w.by_mission);
    tried_free(w.tried);
}

static int by_need(gconstpointer a, gconstpointer b)
{
    const struct call_sheet_row *x = *(struct call_sheet_row *const *)a,
                                *y = *(struct call_sheet_row *const *)b;
    if (x->threat != y->threat)
        return x->threat > y->threat ? -1 : 1;
    if (x->urgency != y->urgency)
        return x->urgency < y->urgency ? -1 : 1;
    int mission = strcmp(x->mission, y->mission);
    if (mission)
        return mission;
    if (x->broadcast_no != y->broadcast_no)
        return x->broadcast_no < y->broadcast_no ? -1 : 1;
    return x->rank != y->rank ? (x->rank < y->rank ? -1 : 1) : strcmp(x->name, y->name);
}

void call_sheet_sort(struct call_sheet *s)
{
    g_ptr_array_sort(s->rows, by_need);
}

#include "wire/notice_list.h"

#include "wire/json_text.h"

struct notice_list {
    GHashTable *entries;                 /* struct affected_mission * -> json_t * */
    const struct affected_mission *last; /* the last one made; NULL: none */
    json_t *last_entry;                  /* borrowed from entries */
};

struct notice_list *notice_list_new(void)
{
    struct notice_list *l = g_new0(struct notice_list, 1);
    l->entries = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)json_decref);
    return l;
}

void notice_list_free(struct notice_list *l)
{
    g_hash_table_unref(l->entries);
    g_free(l);
}

char *notice_list_place(const struct affected_mission *m)
{
    return *m->city && *m->state ? g_strconcat(m->city, ", ", m->state, NULL) : g_strdup(m->city);
}

static json_t *place_json(const struct affected_mission *m)
{
    g_autofree char *place = notice_list_place(m);
    return json_line(place);
}

static json_t *kind_json(const struct affected_mission *m)
{
    g_autofree char *kind = g_strdelimit(g_strdup(m->kind), "-", ' ');
    return json_line(kind);
}

static json_t *mission_json(const struct affected_mission *m, json_t *kind, json_t *place)
{
    json_t *o = json_object();
    json_object_set_new_nocheck(o, "name", json_line(m->name));
    json_object_set_new_nocheck(o, "id", json_line(m->id));
    json_object_set_new_nocheck(o, "kind", kind);
    json_object_set_new_nocheck(o, "place", place);
    return o;
}

json_t *notice_list_mission(const struct affected_mission *m)
{
    return mission_json(m, kind_json(m), place_json(m));
}

static json_t *like_last(const struct notice_list *l, const struct affected_mission *m)
{
    const struct affected_mission *last = l->last;
    const bool kind = last && g_str_equal(last->kind, m->kind);
    const bool place =
        last && g_str_equal(last->city, m->city) && g_str_equal(last->state, m->state);
    return mission_json(
        m, kind ? json_incref(json_object_get(l->last_entry, "kind")) : kind_json(m),
        place ? json_incref(json_object_get(l->last_entry, "place")) : place_json(m));
}

json_t *notice_list_entry(struct notice_list *l, const struct affected_mission *m)
{
    json_t *entry = g_hash_table_lookup(l->entries, m);
    if (!entry) {
        entry = like_last(l, m);
        l->last = m;
        l->last_entry = entry;
        g_hash_table_insert(l->entries, (gpointer)m, entry);
    }
    return json_incref(entry);
}

#include "wire/notice_desk.h"

#include "wire/json_text.h"
#include "wire/notice_part.h"
#include <string.h>

static bool needs_call(const struct obligation *o)
{
    return strcmp(o->reason, OBLIGATION_AFFECTED) != 0;
}

bool notice_desk_is_escalation(const struct notice *n)
{
    for (guint i = 0; i < n->obligations->len; i++) {
        if (!needs_call(n->obligations->pdata[i]))
            return false;
    }
    return n->obligations->len > 0;
}

json_t *notice_desk_mission(const struct affected_mission *m)
{
    g_autofree char *place =
        *m->city && *m->state ? g_strdup_printf("%s, %s", m->city, m->state) : g_strdup(m->city);
    g_autofree char *kind = g_strdelimit(g_strdup(m->kind), "-", ' ');
    return json_pack("{s:o, s:o, s:o, s:o}", "name", json_line(m->name), "id", json_line(m->id),
                     "kind", json_line(kind), "place", json_line(place));
}

static const struct affected_mission *find_mission(const struct notice *n, const char *id)
{
    for (guint i = 0; i < n->missions->len; i++) {
        const struct affected_mission *m = n->missions->pdata[i];
        if (g_str_equal(m->id, id))
            return m;
    }
    return NULL;
}

/* They could not be told of it by us, so they must not be left with it either. */
static const char *reason_sentence(const struct notice *n, const struct obligation *o)
{
    if (n->broadcast->type == TYPE_CANCEL || o->part == PART_CANCEL)
        return "was to be called about the earlier message: tell them that it is cancelled";
    if (o->part == PART_RELEASE)
        return "was to be called about the earlier message: tell them that they are no longer "
               "affected";
    return g_str_equal(o->reason, OBLIGATION_NO_REPRESENTATIVE)
               ? "no valid representative: nobody was told"
               : "a representative could not be told: every endpoint refused";
}

/* What was tried comes as lines, or as one line with semicolons between. */
static json_t *detail_lines(const char *detail)
{
    g_auto(GStrv) parts = g_strsplit(detail, "; ", -1);
    g_autofree char *lines = g_strjoinv("\n", parts);
    return json_text_lines(lines);
}

static void append_attention(const struct notice *n, const struct obligation *o, json_t *list,
                             GHashTable *listed)
{
    for (guint i = 0; i < o->missions->len; i++) {
        const struct affected_mission *m = find_mission(n, o->missions->pdata[i]);
        if (!m)
            continue;
        json_t *entry = notice_desk_mission(m);
        json_object_set_new(entry, "reason", json_line(reason_sentence(n, o)));
        json_object_set_new(entry, "lines", detail_lines(o->detail));
        json_array_append_new(list, entry);
        g_hash_table_add(listed, (gpointer)m);
    }
}

static char *addressee(const struct notice *n)
{
    const struct obligation *first = n->obligations->len ? n->obligations->pdata[0] : NULL;
    if (!first)
        return g_strdup("");
    return first->kind == OBLIGATION_OFFICE ? g_strconcat("DSS office, ", first->name, NULL)
                                            : g_strdup(first->name);
}

/* Missions by what they are to an update, in the order of their parts. */
static const struct heading {
    enum obligation_part part;
    const char *text, *under_update;
} headings[] = {
    { PART_FULL, "Missions told through their representatives", "Newly affected" },
    { PART_UPDATE, "Still affected", "Still affected" },
    { PART_RELEASE, "No longer affected", "No longer affected" },
    { PART_CANCEL, "Missions the cancelled message went to", "Cancelled" },
};

/* Those that need no call. */
static json_t *groups_json(const struct notice *n, GHashTable *listed, int *told)
{
    g_autoptr(GHashTable) parts = notice_part_missions(n);
    json_t *groups = json_array();
    bool update = n->broadcast->type == TYPE_UPDATE;
    for (size_t i = 0; i < G_N_ELEMENTS(headings); i++) {
        json_t *missions = json_array();
        for (guint k = 0; k < n->missions->len; k++) {
            const struct affected_mission *m = n->missions->pdata[k];
            guint part = GPOINTER_TO_UINT(g_hash_table_lookup(parts, m->id));
            if (part == (guint)headings[i].part + 1 && !g_hash_table_contains(listed, m))
                json_array_append_new(missions, notice_desk_mission(m));
        }
        *told += (int)json_array_size(missions);
        const char *label = update ? headings[i].under_update : headings[i].text;
        if (json_array_size(missions))
            json_array_append_new(groups,
                                  json_pack("{s:s, s:O}", "label", label, "missions", missions));
        json_decref(missions);
    }
    return groups;
}

json_t *notice_desk_json(const struct notice *n)
{
    g_autoptr(GHashTable) listed = g_hash_table_new(NULL, NULL);
    json_t *attention = json_array();
    for (guint i = 0; i < n->obligations->len; i++) {
        const struct obligation *o = n->obligations->pdata[i];
        if (needs_call(o))
            append_attention(n, o, attention, listed);
    }
    int told = 0;
    json_t *groups = groups_json(n, listed, &told);
    g_autofree char *name = addressee(n);
    return json_pack("{s:o, s:i, s:i, s:i, s:o, s:o}", "name", json_line(name), "total",
                     (int)n->missions->len, "calls_needed", (int)json_array_size(attention), "told",
                     told, "attention", attention, "groups", groups);
}

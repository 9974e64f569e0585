#include "wire/notice_part.h"

#include "wire/json_text.h"
#include "wire/notice_json.h"
#include "wire/phrases.h"

/* Phrases by part; NULL: nothing is said. */
static const struct words {
    const char *label, *line, *rest; /* before the text; the label also in the subject */
    const char *group;               /* missions in a notice of several parts */
} words[] = {
    [PART_FULL] = { "type_full", "full_line", NULL, "group_added" },
    [PART_UPDATE] = { "type_update", "update_line", NULL, "group_still" },
    [PART_RELEASE] = { "type_release", "release_line", "release_rest", "group_released" },
    [PART_CANCEL] = { "type_cancel", "cancel_line", "cancel_rest", "group_cancelled" },
};

/* In the order in which a message lists them: what must be acted on comes first. */
static const enum obligation_part list_order[] = { PART_FULL, PART_UPDATE, PART_RELEASE,
                                                   PART_CANCEL };

static enum obligation_part part_of(const struct notice *n, const struct obligation *o)
{
    return n->broadcast->type == TYPE_CANCEL ? PART_CANCEL : o->part;
}

enum obligation_part notice_part(const struct notice *n)
{
    bool has[PART_CANCEL + 1] = { false };
    for (guint i = 0; i < n->obligations->len; i++)
        has[part_of(n, n->obligations->pdata[i])] = true;
    if (has[PART_CANCEL] || n->broadcast->type == TYPE_CANCEL)
        return PART_CANCEL;
    if (has[PART_UPDATE] || (has[PART_FULL] && has[PART_RELEASE]))
        return PART_UPDATE;
    return has[PART_RELEASE] ? PART_RELEASE : PART_FULL;
}

bool notice_part_is_over(enum obligation_part part)
{
    return part == PART_RELEASE || part == PART_CANCEL;
}

GHashTable *notice_part_missions(const struct notice *n)
{
    GHashTable *parts = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < n->obligations->len; i++) {
        const struct obligation *o = n->obligations->pdata[i];
        enum obligation_part part = part_of(n, o);
        for (guint k = 0; k < o->missions->len; k++) {
            char *id = o->missions->pdata[k];
            /* Of a mission that is spoken of twice, that it was told before is what counts. */
            if (part == PART_UPDATE || !g_hash_table_contains(parts, id))
                g_hash_table_insert(parts, id, GUINT_TO_POINTER((guint)part + 1));
        }
    }
    return parts;
}

/* Offices and desks read English, and of many missions. */
static const struct words desk_words[] = {
    [PART_FULL] = { .line =
                        "This is the current version of a message that others received before." },
    [PART_UPDATE] = { .line = "This replaces the earlier message named below." },
    [PART_RELEASE] = { .line =
                           "The missions in this notice are no longer in the affected area of the "
                           "earlier message named below.",
                       .rest =
                           "It no longer applies to them. It still applies to other missions." },
    [PART_CANCEL] = { .line = "The earlier message named below is cancelled. It no longer applies.",
                      .rest = "Everybody it went to is told so." },
};

json_t *notice_part_json(const struct notice *n, const json_t *phrases)
{
    if (n->broadcast->type != TYPE_UPDATE && n->broadcast->type != TYPE_CANCEL)
        return json_object();
    enum obligation_part part = notice_part(n);
    const struct words *w = &words[part];
    const char *line = phrases_get(phrases, w->line);
    const char *rest = w->rest ? phrases_get(phrases, w->rest) : "";
    if (notice_is_for_desk(n)) {
        line = desk_words[part].line;
        rest = desk_words[part].rest ? desk_words[part].rest : "";
    }
    return json_pack("{s:o, s:o, s:o}", "label", json_text(phrases_get(phrases, w->label)), "line",
                     json_text(line), "rest", json_text(rest));
}

const char *notice_part_word(const struct notice *n, const json_t *phrases)
{
    enum obligation_part part = notice_part(n);
    bool first =
        part == PART_FULL; /* the reader has seen nothing that this could be an update of */
    return first || (n->broadcast->type != TYPE_UPDATE && n->broadcast->type != TYPE_CANCEL)
               ? ""
               : phrases_get(phrases, words[part].label);
}

static const char *group_label(const struct notice *n, enum obligation_part part, bool alone,
                               const json_t *phrases)
{
    if (!alone || notice_part_is_over(part))
        return phrases_get(phrases, words[part].group);
    return phrases_get(phrases, n->missions->len > 1 ? "for_your_missions" : "for_your_mission");
}

json_t *notice_part_groups(const struct notice *n, const json_t *phrases, struct notice_list *list)
{
    g_autoptr(GHashTable) parts = notice_part_missions(n);
    json_t *lists[G_N_ELEMENTS(list_order)], *groups = json_array();
    for (size_t i = 0; i < G_N_ELEMENTS(list_order); i++)
        lists[i] = json_array();
    for (guint i = 0; i < n->missions->len; i++) {
        const struct affected_mission *m = n->missions->pdata[i];
        guint known = GPOINTER_TO_UINT(g_hash_table_lookup(parts, m->id));
        enum obligation_part part = known ? (enum obligation_part)(known - 1) : notice_part(n);
        json_array_append_new(lists[part], notice_list_entry(list, m));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(list_order); i++) {
        enum obligation_part part = list_order[i];
        bool alone = json_array_size(lists[part]) == n->missions->len;
        if (json_array_size(lists[part]))
            json_array_append_new(groups, json_pack("{s:o, s:O}", "label",
                                                    json_text(group_label(n, part, alone, phrases)),
                                                    "missions", lists[part]));
        json_decref(lists[part]);
    }
    return groups;
}

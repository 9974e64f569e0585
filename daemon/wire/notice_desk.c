#include "wire/notice_desk.h"

#include "wire/json_text.h"
#include "wire/notice_part.h"
#include <string.h>

/* What each reason asks of a desk, the most pressing first. */
static const struct need {
    const char *reason, *word; /* word: in the subject */
    const char *sentence;
    const char *partner; /* the same to law enforcement; NULL: no other */
    bool call;
} needs[] = {
    { OBLIGATION_NEEDS_ASSISTANCE, "Assistance asked for", "asks for assistance: call them now",
      "asks for assistance: please make contact. The DSS contact named below was told as well",
      true },
    { OBLIGATION_NOT_ACKNOWLEDGED, "Call needed",
      "nobody there has confirmed: call until you have spoken with somebody", NULL, true },
    { OBLIGATION_ALL_REFUSED, "Call needed",
      "a representative could not be told: every endpoint refused", NULL, true },
    { OBLIGATION_DESTINATION_DOWN, "Call needed",
      "a representative could not be told yet: what receives for them does not answer", NULL,
      true },
    { OBLIGATION_NO_REPRESENTATIVE, "Call needed", "no valid representative: nobody was told", NULL,
      true },
    { OBLIGATION_WRONG_PERSON, "Call needed",
      "somebody answered that the message came to the wrong person: call the mission, and correct "
      "the contact",
      NULL, true },
    { OBLIGATION_HANDED_OVER, "Handed over to you",
      "nobody there has confirmed, and you are on duty for it from now on: call them", NULL, true },
    { OBLIGATION_HANDED_ON, "Handed on", "", NULL, false },
};

/* NULL: the consolidated notice of the broadcast itself. */
static const struct need *need_of(const struct obligation *o)
{
    for (size_t i = 0; i < G_N_ELEMENTS(needs); i++) {
        if (g_str_equal(needs[i].reason, o->reason))
            return &needs[i];
    }
    return NULL;
}

const char *notice_desk_word(const struct notice *n)
{
    const struct need *first = NULL;
    bool all = true;
    for (guint i = 0; i < n->obligations->len; i++) {
        const struct need *need = need_of(n->obligations->pdata[i]);
        all = all && need;
        if (need && (!first || need < first))
            first = need;
    }
    /* Whoever asks for help is not to be overlooked behind a broadcast's headline. */
    return first && (all || first == &needs[0]) ? first->word : "";
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
    const struct need *need = need_of(o);
    if (need == &needs[0])
        return o->kind == OBLIGATION_PARTNER ? need->partner : need->sentence;
    if (n->broadcast->type == TYPE_CANCEL || o->part == PART_CANCEL)
        return "was to be called about the earlier message: tell them that it is cancelled";
    if (o->part == PART_RELEASE)
        return "was to be called about the earlier message: tell them that they are no longer "
               "affected";
    return need->sentence;
}

/* Does the line begin with the mission's id, as in "ar-chicago/1 …" or "ar-chicago: …"? */
static bool is_about(const char *line, const char *mission)
{
    size_t len = strlen(mission);
    return !strncmp(line, mission, len) && line[len] && strchr("/: ", line[len]);
}

static bool is_about_another(const struct obligation *o, const char *line, const char *mission)
{
    for (guint i = 0; i < o->missions->len; i++) {
        const char *id = o->missions->pdata[i];
        if (!g_str_equal(id, mission) && is_about(line, id))
            return true;
    }
    return false;
}

/* What was tried comes as lines, or as one line with semicolons between.  New reference. */
static json_t *detail_lines(const struct obligation *o)
{
    g_auto(GStrv) parts = g_strsplit(o->detail, "; ", -1);
    g_autofree char *text = g_strjoinv("\n", parts);
    return json_text_lines(text);
}

static void append_lines(const struct obligation *o, const char *mission, json_t *lines)
{
    json_t *all = detail_lines(o), *line;
    size_t i;
    json_array_foreach(all, i, line)
    {
        if (!is_about_another(o, json_string_value(line), mission))
            json_array_append(lines, line);
    }
    json_decref(all);
}

static const char *without_mission(const struct obligation *o, const char *line)
{
    for (guint i = 0; i < o->missions->len; i++) {
        const char *id = o->missions->pdata[i];
        if (is_about(line, id))
            return line + strlen(id) + strspn(line + strlen(id), ": ");
    }
    return line;
}

static bool has_text(const json_t *list, const char *text)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (g_str_equal(json_string_value(json_array_get(list, i)), text))
            return true;
    }
    return false;
}

/* "ar-chicago: now with …" and the same of sixty others is one sentence. */
static void append_notes(const struct obligation *o, json_t *notes)
{
    json_t *all = detail_lines(o), *line;
    size_t i;
    json_array_foreach(all, i, line)
    {
        g_autofree char *sentence = g_strdup(without_mission(o, json_string_value(line)));
        *sentence = g_ascii_toupper(*sentence);
        if (!has_text(notes, sentence))
            json_array_append_new(notes, json_line(sentence));
    }
    json_decref(all);
}

/* The mission's entry, made when it is first spoken of. */
static json_t *entry_of(const struct affected_mission *m, json_t *list, GHashTable *listed)
{
    json_t *entry = g_hash_table_lookup(listed, m);
    if (entry)
        return entry;
    entry = notice_list_mission(m); /* its own: it says more than a list does */
    json_object_set_new(entry, "reasons", json_array());
    json_object_set_new(entry, "lines", json_array());
    json_array_append_new(list, entry);
    g_hash_table_insert(listed, (gpointer)m, entry);
    return entry;
}

static void append_attention(const struct notice *n, const struct obligation *o, json_t *list,
                             GHashTable *listed)
{
    for (guint i = 0; i < o->missions->len; i++) {
        const struct affected_mission *m = find_mission(n, o->missions->pdata[i]);
        if (!m)
            continue;
        json_t *entry = entry_of(m, list, listed);
        json_array_append_new(json_object_get(entry, "reasons"), json_line(reason_sentence(n, o)));
        append_lines(o, m->id, json_object_get(entry, "lines"));
    }
}

char *notice_desk_addressee(const struct notice *n)
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

static void append_group(json_t *groups, const char *label, json_t *missions /* taken */)
{
    if (json_array_size(missions))
        json_array_append_new(groups,
                              json_pack("{s:s, s:O}", "label", label, "missions", missions));
    json_decref(missions);
}

/* Those that need no call. */
static json_t *groups_json(const struct notice *n, GHashTable *listed, struct notice_list *list,
                           int *told)
{
    g_autoptr(GHashTable) parts = notice_part_missions(n);
    json_t *groups = json_array();
    bool update = n->broadcast->type == TYPE_UPDATE;
    bool own = n->broadcast->status == STATUS_SYSTEM; /* nobody else is told by it */
    for (size_t i = 0; i < G_N_ELEMENTS(headings); i++) {
        json_t *missions = json_array();
        for (guint k = 0; k < n->missions->len; k++) {
            const struct affected_mission *m = n->missions->pdata[k];
            guint part = GPOINTER_TO_UINT(g_hash_table_lookup(parts, m->id));
            if (part == (guint)headings[i].part + 1 && !g_hash_table_contains(listed, m))
                json_array_append_new(missions, notice_list_entry(list, m));
        }
        *told += (int)json_array_size(missions);
        const char *label = own      ? "Missions it is about"
                            : update ? headings[i].under_update
                                     : headings[i].text;
        append_group(groups, label, missions);
    }
    return groups;
}

/* Missions that somebody else has from now on: nothing to do, but to know. */
static json_t *handed_on_json(const struct notice *n, GHashTable *listed, struct notice_list *list)
{
    json_t *missions = json_array();
    for (guint i = 0; i < n->obligations->len; i++) {
        const struct obligation *o = n->obligations->pdata[i];
        for (guint k = 0; need_of(o) && !need_of(o)->call && k < o->missions->len; k++) {
            const struct affected_mission *m = find_mission(n, o->missions->pdata[k]);
            if (m && g_hash_table_insert(listed, (gpointer)m, NULL))
                json_array_append_new(missions, notice_list_entry(list, m));
        }
    }
    return missions;
}

/* What to type at three in the morning.  Taking over is for what waits for an answer. */
static json_t *help_json(const struct notice *n)
{
    json_t *lines = json_array();
    bool ours = false, waits = false;
    for (guint i = 0; i < n->obligations->len; i++) {
        const struct obligation *o = n->obligations->pdata[i];
        const struct need *need = need_of(o);
        bool call = need && need->call && o->kind != OBLIGATION_PARTNER;
        ours = ours || call;
        waits = waits || (call && !g_str_equal(o->reason, OBLIGATION_ALL_REFUSED) &&
                          !g_str_equal(o->reason, OBLIGATION_DESTINATION_DOWN) &&
                          !g_str_equal(o->reason, OBLIGATION_NO_REPRESENTATIVE));
    }
    const char *id = n->broadcast->id;
    g_autofree char *list = g_strdup_printf("Telephone numbers: liaisonctl unreached %s", id);
    g_autofree char *take = g_strdup_printf(
        "When you have spoken with one: liaisonctl take %s --mission ID --note \"with whom\"", id);
    if (ours)
        json_array_append_new(lines, json_line(list));
    if (waits)
        json_array_append_new(lines, json_line(take));
    return lines;
}

json_t *notice_desk_json(const struct notice *n, struct notice_list *list)
{
    g_autoptr(GHashTable) listed = g_hash_table_new(NULL, NULL);
    json_t *attention = json_array(), *notes = json_array();
    for (size_t k = 0; k < G_N_ELEMENTS(needs); k++) {
        for (guint i = 0; i < n->obligations->len; i++) {
            const struct obligation *o = n->obligations->pdata[i];
            if (need_of(o) == &needs[k] && needs[k].call)
                append_attention(n, o, attention, listed);
            else if (need_of(o) == &needs[k])
                append_notes(o, notes);
        }
    }
    int told = 0, calls_needed = (int)json_array_size(attention);
    json_t *handed_on = handed_on_json(n, listed, list);
    json_t *groups = groups_json(n, listed, list, &told);
    append_group(groups, "No longer yours: nobody there has confirmed, the next on duty calls",
                 handed_on);
    g_autofree char *name = notice_desk_addressee(n);
    return json_pack("{s:o, s:i, s:i, s:i, s:o, s:o, s:o, s:o}", "name", json_line(name), "total",
                     (int)n->missions->len, "calls_needed", calls_needed, "told", told, "attention",
                     attention, "help", help_json(n), "notes", notes, "groups", groups);
}

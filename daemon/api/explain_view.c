#include "api/explain_view.h"

#include "api/broadcast_view.h"
#include "api/story_view.h"
#include "model/answer.h"
#include "model/supersede.h"
#include "wire/json_text.h"

struct story {
    const struct lookup_broadcast *b;
    GHashTable *served;     /* ordinal of an obligation -> GPtrArray of its notifications */
    GHashTable *by_mission; /* id -> GPtrArray of its representatives' obligations */
    GHashTable *answered;   /* ordinal of an obligation -> GPtrArray of what was answered */
};

static void file_under(GHashTable *t, gpointer key, gpointer value)
{
    GPtrArray *list = g_hash_table_lookup(t, key);
    if (!list) {
        list = g_ptr_array_new();
        g_hash_table_insert(t, key, list);
    }
    g_ptr_array_add(list, value);
}

static void sort_out(struct story *s)
{
    s->served = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    s->by_mission =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    for (guint i = 0; i < s->b->notifications->len; i++) {
        struct notification *n = g_ptr_array_index(s->b->notifications, i);
        for (guint k = 0; k < n->obligations->len; k++)
            file_under(s->served, GUINT_TO_POINTER(g_array_index(n->obligations, uint32_t, k)), n);
    }
    s->answered = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    for (guint i = 0; i < s->b->answers->len; i++) {
        struct acknowledgement_row *a = g_ptr_array_index(s->b->answers, i);
        file_under(s->answered, GUINT_TO_POINTER(a->obligation), a);
    }
    for (guint i = 0; i < s->b->obligations->len; i++) {
        struct obligation *o = g_ptr_array_index(s->b->obligations, i);
        for (guint k = 0; o->kind == OBLIGATION_REPRESENTATIVE && k < o->missions->len; k++)
            file_under(s->by_mission, g_ptr_array_index(o->missions, k), o);
    }
}

static json_t *view_notification(const struct story *s, const struct notification *n)
{
    g_autofree char *key = notification_message_key(s->b->row->id, n->id);
    json_t *o = json_object();
    json_object_set_new(o, "id", json_text(key));
    json_object_set_new(o, "channel", json_text(channel_names[n->channel]));
    json_object_set_new(o, "endpoint", json_text(n->endpoint));
    json_object_set_new(o, "reminder", json_boolean(n->purpose == PURPOSE_REMIND));
    json_object_set_new(o, "state", json_text(notification_state_names[n->state]));
    json_object_set_new(o, "attempts", json_integer(n->attempt));
    json_object_set_new(o, "due", view_time(notification_is_final(n->state) ? 0 : n->due_ms));
    return o;
}

static json_t *view_answer(const struct story *s, const struct acknowledgement_row *a)
{
    g_autofree char *key = notification_message_key(s->b->row->id, a->notification);
    json_t *o = json_object();
    json_object_set_new(o, "time", view_time(a->time_ms));
    json_object_set_new(o, "answer", json_text(answer_names[a->answer]));
    json_object_set_new(o, "method", json_text(answer_method_names[a->method]));
    json_object_set_new(o, "note", json_text(a->note));
    json_object_set_new(o, "from", json_text(a->from));
    json_object_set_new(o, "notification", json_text(key));
    return o;
}

/* Whether this person is asked to acknowledge, and what came of it. */
static void set_standing(json_t *o, const struct story *s, const struct obligation *b)
{
    const GPtrArray *said = g_hash_table_lookup(s->answered, GUINT_TO_POINTER(b->ordinal));
    json_t *answers = json_array();
    for (guint i = 0; said && i < said->len; i++)
        json_array_append_new(answers, view_answer(s, g_ptr_array_index(said, i)));
    json_object_set_new(o, "asks", json_boolean(b->asks));
    json_object_set_new(o, "answers", answers);
    json_object_set_new(o, "taken_by", json_text(b->taken_by));
    json_object_set_new(o, "ended", view_time(b->ended_ms));
}

static json_t *view_obligation(const struct story *s, const struct obligation *b)
{
    const GPtrArray *served = g_hash_table_lookup(s->served, GUINT_TO_POINTER(b->ordinal));
    json_t *o = json_object(), *notifications = json_array();
    json_object_set_new(o, "recipient", json_text(b->recipient));
    json_object_set_new(o, "kind", json_text(obligation_kind_names[b->kind]));
    json_object_set_new(o, "name", json_text(b->name));
    json_object_set_new(o, "language", json_text(b->language));
    json_object_set_new(o, "state", json_text(obligation_state_names[b->state]));
    json_object_set_new(o, "part", json_text(obligation_part_names[b->part]));
    json_object_set_new(o, "reason", json_text(b->reason));
    json_object_set_new(o, "detail", json_text(b->detail));
    set_standing(o, s, b);
    if (b->kind != OBLIGATION_REPRESENTATIVE)
        json_object_set_new(o, "missions", view_strings(b->missions));
    for (guint i = 0; served && i < served->len; i++)
        json_array_append_new(notifications, view_notification(s, g_ptr_array_index(served, i)));
    json_object_set_new(o, "notifications", notifications);
    return o;
}

static json_t *view_gaps(const char *gaps)
{
    json_t *out = json_array();
    g_auto(GStrv) list = g_strsplit(gaps, "; ", -1);
    for (guint i = 0; list[i]; i++)
        if (*list[i])
            json_array_append_new(out, json_text(list[i]));
    return out;
}

static json_t *view_mission(const struct story *s, const struct affected_mission *m)
{
    const GPtrArray *own = g_hash_table_lookup(s->by_mission, m->id);
    json_t *o = json_object(), *obligations = json_array();
    json_object_set_new(o, "mission", json_text(m->id));
    json_object_set_new(o, "name", json_text(m->name));
    json_object_set_new(o, "because", json_text(m->because));
    json_object_set_new(o, "affected", json_boolean(supersede_is_affected(m)));
    json_object_set_new(o, "office", json_text(m->office));
    json_object_set_new(o, "office_because", json_text(m->office_because));
    json_object_set_new(o, "duty", json_text(m->duty));
    json_object_set_new(o, "gaps", view_gaps(m->gaps));
    for (guint i = 0; own && i < own->len; i++)
        json_array_append_new(obligations, view_obligation(s, g_ptr_array_index(own, i)));
    json_object_set_new(o, "obligations", obligations);
    return o;
}

json_t *view_explain(const struct lookup_broadcast *b)
{
    struct story s = { .b = b };
    json_t *o = json_object(), *missions = json_array(), *others = json_array();
    sort_out(&s);
    for (guint i = 0; i < b->missions->len; i++)
        json_array_append_new(missions, view_mission(&s, g_ptr_array_index(b->missions, i)));
    for (guint i = 0; i < b->obligations->len; i++) {
        const struct obligation *each = g_ptr_array_index(b->obligations, i);
        if (each->kind != OBLIGATION_REPRESENTATIVE)
            json_array_append_new(others, view_obligation(&s, each));
    }
    json_object_set_new(o, "id", json_text(b->row->id));
    json_object_set_new(o, "missions", missions);
    json_object_set_new(o, "others", others);
    json_object_set_new(o, "records", view_records(b->records));
    if (b->versions && b->versions->len > 0)
        view_story(o, b->mission, b->versions, b->story);
    g_hash_table_destroy(s.served);
    g_hash_table_destroy(s.by_mission);
    g_hash_table_destroy(s.answered);
    return o;
}

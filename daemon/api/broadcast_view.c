#include "api/broadcast_view.h"

#include "api/story_view.h"
#include "base/timestamp.h"
#include "model/answer.h"
#include "model/supersede.h"
#include "wire/json_text.h"

json_t *view_time(int64_t ms)
{
    g_autofree char *text = ms ? timestamp_format_utc(ms) : NULL;
    return text ? json_string(text) : json_null();
}

json_t *view_strings(const GPtrArray *a)
{
    json_t *out = json_array();
    for (guint i = 0; a && i < a->len; i++)
        json_array_append_new(out, json_text(g_ptr_array_index(a, i)));
    return out;
}

static void set_text(json_t *o, const char *name, const char *text)
{
    json_object_set_new(o, name, json_text(text));
}

static void set_count(json_t *o, const char *name, int64_t n)
{
    json_object_set_new(o, name, json_integer(n));
}

void view_waiting(json_t *o, const struct broadcast_row *row)
{
    if (row->hold && *row->hold)
        set_text(o, "hold", row->hold);
    if (row->state == BROADCAST_PENDING && row->approve_by_ms > 0)
        json_object_set_new(o, "approve_by", view_time(row->approve_by_ms));
}

json_t *view_broadcast(const struct broadcast_row *row)
{
    json_t *o = json_object();
    set_text(o, "id", row->id);
    set_text(o, "identifier", row->identifier);
    set_text(o, "sender", row->sender);
    json_object_set_new(o, "sent", view_time(row->sent_ms));
    set_text(o, "status", broadcast_status_names[row->status]);
    set_text(o, "type", broadcast_type_names[row->type]);
    set_text(o, "urgency", broadcast_urgency_names[row->urgency]);
    set_text(o, "severity", broadcast_severity_names[row->severity]);
    set_text(o, "state", broadcast_state_names[row->state]);
    set_text(o, "headline", row->headline);
    json_object_set_new(o, "received", view_time(row->received_ms));
    json_object_set_new(o, "deadline", view_time(row->deadline_ms));
    set_text(o, "author", row->author);
    set_count(o, "missions", row->missions);
    set_count(o, "representatives", row->representatives);
    set_count(o, "notifications", row->notifications);
    view_waiting(o, row);
    return o;
}

static json_t *view_counts(const unsigned *counts, size_t n, const char *const *names)
{
    json_t *o = json_object();
    for (size_t i = 0; i < n; i++)
        set_count(o, names[i], counts[i]);
    return o;
}

json_t *view_coverage(const struct coverage *c)
{
    return json_pack("{s:i, s:i, s:i, s:i}", "affected", (int)c->affected, "covered",
                     (int)c->covered, "taken", (int)c->taken, "waiting", (int)c->waiting);
}

/* From the broadcast as it is stored. */
static void set_held(json_t *o, const json_t *body, int64_t now_ms)
{
    const char *effective = json_string_value(json_object_get(body, "effective")), *why;
    struct timestamp t;
    if (effective && timestamp_parse(effective, &t, &why) && t.ms > now_ms)
        json_object_set_new(o, "held_until", view_time(t.ms));
}

json_t *view_status(const struct lookup_broadcast *b, int64_t now_ms)
{
    const struct broadcast_progress *p = &b->progress;
    json_t *o = view_broadcast(b->row), *progress = json_object();
    json_object_set_new(
        progress, "notifications",
        view_counts(p->by_state, G_N_ELEMENTS(p->by_state), notification_state_names));
    json_object_set_new(
        progress, "obligations",
        view_counts(p->obligations, G_N_ELEMENTS(p->obligations), obligation_state_names));
    set_count(progress, "attempts", p->attempts);
    json_object_set_new(progress, "first_accepted", view_time(p->first_accepted_ms));
    json_object_set_new(progress, "last_accepted", view_time(p->last_accepted_ms));
    json_object_set_new(progress, "elapsed_ms",
                        p->last_accepted_ms
                            ? json_integer(p->last_accepted_ms - b->row->received_ms)
                            : json_null());
    json_object_set_new(o, "progress", progress);
    json_object_set_new(o, "coverage", b->asks ? view_coverage(&b->coverage) : json_null());
    json_t *body = json_loads(b->row->body, 0, NULL);
    set_held(o, body, now_ms);
    json_object_set_new(o, "broadcast", body ? body : json_null());
    return o;
}

/* --- explain --- */

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
    set_text(o, "id", key);
    set_text(o, "channel", channel_names[n->channel]);
    set_text(o, "endpoint", n->endpoint);
    json_object_set_new(o, "reminder", json_boolean(n->purpose == PURPOSE_REMIND));
    set_text(o, "state", notification_state_names[n->state]);
    set_count(o, "attempts", n->attempt);
    json_object_set_new(o, "due", view_time(notification_is_final(n->state) ? 0 : n->due_ms));
    return o;
}

static json_t *view_answer(const struct story *s, const struct acknowledgement_row *a)
{
    g_autofree char *key = notification_message_key(s->b->row->id, a->notification);
    json_t *o = json_object();
    json_object_set_new(o, "time", view_time(a->time_ms));
    set_text(o, "answer", answer_names[a->answer]);
    set_text(o, "method", answer_method_names[a->method]);
    set_text(o, "note", a->note);
    set_text(o, "from", a->from);
    set_text(o, "notification", key);
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
    set_text(o, "taken_by", b->taken_by);
    json_object_set_new(o, "ended", view_time(b->ended_ms));
}

static json_t *view_obligation(const struct story *s, const struct obligation *b)
{
    const GPtrArray *served = g_hash_table_lookup(s->served, GUINT_TO_POINTER(b->ordinal));
    json_t *o = json_object(), *notifications = json_array();
    set_text(o, "recipient", b->recipient);
    set_text(o, "kind", obligation_kind_names[b->kind]);
    set_text(o, "name", b->name);
    set_text(o, "language", b->language);
    set_text(o, "state", obligation_state_names[b->state]);
    set_text(o, "part", obligation_part_names[b->part]);
    set_text(o, "reason", b->reason);
    set_text(o, "detail", b->detail);
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
    set_text(o, "mission", m->id);
    set_text(o, "name", m->name);
    set_text(o, "because", m->because);
    json_object_set_new(o, "affected", json_boolean(supersede_is_affected(m)));
    set_text(o, "office", m->office);
    set_text(o, "office_because", m->office_because);
    set_text(o, "duty", m->duty);
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
    set_text(o, "id", b->row->id);
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

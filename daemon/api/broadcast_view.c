#include "api/broadcast_view.h"

#include "base/timestamp.h"
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

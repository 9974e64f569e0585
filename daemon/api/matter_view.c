#include "api/matter_view.h"

#include "api/broadcast_view.h"
#include "wire/json_text.h"

static json_t *name_or_null(const char *s)
{
    return *s ? json_text(s) : json_null();
}

static json_t *actions_of(const struct matter *m)
{
    json_t *out = json_array();
    for (int on = 0; matter_action_names[on]; on++)
        if (matter_may(m, (enum matter_action)on))
            json_array_append_new(out, json_string(matter_action_names[on]));
    return out;
}

json_t *view_matter(const struct matter *m)
{
    json_t *body = json_loads(m->body, 0, NULL);
    return json_pack(
        "{s:I, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
        "number", (json_int_t)m->no, "kind", matter_kind_names[m->kind], "state",
        matter_state_names[m->state], "urgency", broadcast_urgency_names[m->urgency], "mission",
        json_text(m->mission), "owner", json_text(m->owner), "partner", name_or_null(m->partner),
        "opened_by", json_text(m->opened_by), "about", name_or_null(m->about), "opened",
        view_time(m->opened_ms), "changed", view_time(m->changed_ms), "due",
        view_time(m->due_ms == INT64_MAX ? 0 : m->due_ms), "from", view_time(m->from_ms), "until",
        view_time(m->until_ms), "actions", actions_of(m), "body", body ? body : json_object());
}

static bool is_for_mission(const struct matter_event *e)
{
    static const char *const told[] = { "opened",       "confirmed", "refused", "answered",
                                        "acknowledged", "closed",    "expired", "proof-asked",
                                        "proved",       "disproved", NULL };
    return g_strv_contains(told, e->what);
}

json_t *view_matter_events(const GPtrArray *events, bool for_mission)
{
    json_t *out = json_array();
    for (guint i = 0; i < events->len; i++) {
        const struct matter_event *e = g_ptr_array_index(events, i);
        if (!for_mission || is_for_mission(e))
            json_array_append_new(out,
                                  json_pack("{s:o, s:o, s:o, s:o}", "time", view_time(e->time_ms),
                                            "who", json_text(e->who), "what", json_text(e->what),
                                            "note", json_text(e->note)));
    }
    return out;
}

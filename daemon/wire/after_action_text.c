#include "wire/after_action_text.h"

#include "base/text.h"
#include "base/timestamp.h"
#include "model/reach.h"
#include "wire/after_action_view.h"
#include "wire/json_text.h"
#include <string.h>

static void set_time(json_t *o, const char *key, int64_t ms)
{
    g_autofree char *text = ms ? timestamp_format_utc(ms) : NULL;
    json_set_text(o, key, text);
}

static json_t *counts_json(const char *const *names, const unsigned *counts)
{
    json_t *o = json_object();
    for (size_t i = 0; names[i]; i++)
        json_object_set_new(o, names[i], json_integer(counts[i]));
    return o;
}

static json_t *facts_json(const struct after_action *a)
{
    json_t *o = json_pack(
        "{s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:s}", "broadcast", json_text(a->id), "identifier",
        json_text(a->identifier), "headline", json_text(a->headline), "status",
        broadcast_status_names[a->status], "type", broadcast_type_names[a->type], "urgency",
        broadcast_urgency_names[a->urgency], "severity", broadcast_severity_names[a->severity],
        "state", broadcast_state_names[a->state]);
    set_time(o, "released", a->released_ms);
    set_time(o, "closed", a->closed_ms);
    set_time(o, "as_of", a->as_of_ms);
    json_object_set_new(o, "asked", json_boolean(a->asked));
    return o;
}

static void set_numbers(json_t *o, const struct after_action *a)
{
    json_object_set_new(o, "missions",
                        json_pack("{s:i, s:i, s:i, s:i, s:i}", "affected",
                                  (int)a->coverage.affected, "reached", (int)a->reached, "covered",
                                  (int)a->coverage.covered, "taken", (int)a->coverage.taken,
                                  "waiting", (int)a->coverage.waiting));
    json_object_set_new(o, "representatives",
                        json_pack("{s:i, s:i, s:i}", "told", (int)a->representatives, "reached",
                                  (int)a->representatives_reached, "acknowledged",
                                  (int)a->representatives_acknowledged));
    json_object_set_new(o, "messages", json_integer(a->messages));
    json_object_set_new(o, "reminders", json_integer(a->reminders));
    json_object_set_new(o, "attempts", json_integer(a->attempts));
    json_object_set_new(o, "notifications", counts_json(notification_state_names, a->by_state));
    json_object_set_new(o, "answers", counts_json(answer_names, a->answers));
    json_object_set_new(o, "methods", counts_json(answer_method_names, a->methods));
    set_time(o, "first_reached", a->first_reached_ms);
    set_time(o, "last_reached", a->last_reached_ms);
    set_time(o, "first_covered", a->first_covered_ms);
    set_time(o, "last_covered", a->last_covered_ms);
}

static json_t *steps_json(const struct after_action *a)
{
    json_t *list = json_array();
    for (guint i = 0; i < a->steps->len; i++) {
        const struct after_action_step *s = &g_array_index(a->steps, struct after_action_step, i);
        json_t *o =
            json_pack("{s:f, s:i, s:i}", "seconds", (double)(s->time_ms - a->released_ms) / 1000,
                      "reached", (int)s->reached, "covered", (int)s->covered);
        set_time(o, "time", s->time_ms);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *missions_json(const struct after_action *a)
{
    json_t *list = json_array();
    for (guint i = 0; i < a->missions->len; i++) {
        const struct after_action_mission *m = a->missions->pdata[i];
        json_t *o = json_pack("{s:o, s:o, s:o, s:s, s:s, s:b}", "mission", json_text(m->id), "name",
                              json_text(m->name), "office", json_text(m->office), "threat_level",
                              threat_level_names[m->threat], "state",
                              mission_answer_names[m->answer], "reached", m->reached);
        json_set_text(o, "taken_by", m->taken_by);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *people_json(const struct after_action *a)
{
    json_t *list = json_array();
    for (guint i = 0; i < a->people->len; i++) {
        const struct after_action_person *p = a->people->pdata[i];
        json_t *o = json_pack("{s:o, s:o, s:s}", "mission", json_text(p->mission), "recipient",
                              json_text(p->recipient), "state", p->state);
        json_set_text(o, "name", p->name);
        json_set_text(o, "phone", p->phone);
        json_set_text(o, "answer", p->answer);
        json_set_text(o, "reply", p->reply);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *escalations_json(const struct after_action *a)
{
    json_t *list = json_array();
    for (guint i = 0; i < a->escalations->len; i++) {
        const struct after_action_escalation *e = a->escalations->pdata[i];
        json_t *o = json_pack("{s:o, s:o}", "recipient", json_text(e->recipient), "reason",
                              json_text(e->reason));
        set_time(o, "time", e->time_ms);
        json_set_text(o, "missions", e->missions);
        json_set_text(o, "state", e->state);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *versions_json(const struct after_action *a)
{
    json_t *list = json_array();
    for (guint i = 0; i < a->versions->len; i++) {
        const struct after_action_version *v = a->versions->pdata[i];
        json_t *o =
            json_pack("{s:o, s:o, s:o, s:s, s:s}", "broadcast", json_text(v->id), "identifier",
                      json_text(v->identifier), "headline", json_text(v->headline), "type",
                      broadcast_type_names[v->type], "state", broadcast_state_names[v->state]);
        set_time(o, "released", v->released_ms);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *offices_json(const struct after_action *a)
{
    json_t *list = json_array();
    for (guint i = 0; i < a->offices->len; i++) {
        const struct after_action_office *f = a->offices->pdata[i];
        json_t *o = json_pack("{s:o, s:i, s:i, s:i, s:i, s:i}", "office", json_text(f->office),
                              "missions", (int)f->missions, "reached", (int)f->reached, "covered",
                              (int)f->covered, "taken", (int)f->taken, "waiting", (int)f->waiting);
        set_time(o, "first_reached", f->first_reached_ms);
        set_time(o, "last_reached", f->last_reached_ms);
        if (f->median_answer_ms >= 0)
            json_object_set_new(o, "median_answer_s",
                                json_real((double)f->median_answer_ms / 1000));
        json_array_append_new(list, o);
    }
    return list;
}

json_t *after_action_json(const struct after_action *a)
{
    json_t *o = facts_json(a);
    set_numbers(o, a);
    json_object_set_new(o, "coverage", steps_json(a));
    json_object_set_new(o, "not_covered", missions_json(a));
    json_object_set_new(o, "not_answered", people_json(a));
    json_object_set_new(o, "escalations", escalations_json(a));
    json_object_set_new(o, "versions", versions_json(a));
    json_object_set_new(o, "offices", offices_json(a));
    return o;
}

char *after_action_subject(const struct after_action *a)
{
    const char *banner = reach_banner(a->status);
    g_autofree char *marked =
        banner ? g_strdup_printf("[%.*s] ", (int)strcspn(banner, " "), banner) : g_strdup("");
    g_autofree char *text =
        g_strdup_printf("%sAfter-action report: %u of %u missions %s: %s", marked,
                        a->asked ? a->coverage.covered : a->reached, a->coverage.affected,
                        a->asked ? "covered" : "reached", a->headline);
    return text_clean_line(text);
}

static char *render(const struct after_action *a, const struct template_set *t,
                    enum template_role role)
{
    GString *out = g_string_new(NULL);
    json_t *view = after_action_view(a);
    template_render(template_set_get(t, role), view, out);
    json_decref(view);
    return g_string_free(out, FALSE);
}

char *after_action_text(const struct after_action *a, const struct template_set *t)
{
    return render(a, t, TEMPLATE_REPORT_TEXT);
}

char *after_action_html(const struct after_action *a, const struct template_set *t)
{
    return render(a, t, TEMPLATE_REPORT_HTML);
}

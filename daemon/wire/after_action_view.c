#include "wire/after_action_view.h"

#include "model/reach.h"
#include "wire/after_action_text.h"
#include "wire/json_text.h"
#include "wire/notice_time.h"
#include <string.h>

#define MISSIONS_SHOWN 12 /* of one escalation */
#define CHART_WIDTH 600   /* units of the drawing, which the page stretches */
#define CHART_HEIGHT 160

char *after_action_elapsed(int64_t ms)
{
    if (ms < 0)
        return g_strdup("");
    int64_t s = ms / 1000, min = s / 60, h = min / 60, d = h / 24;
    if (d)
        return g_strdup_printf("%d d %d h", (int)d, (int)(h % 24));
    if (h)
        return g_strdup_printf("%d h %02d min", (int)h, (int)(min % 60));
    if (min)
        return g_strdup_printf("%d min %d s", (int)min, (int)(s % 60));
    return g_strdup_printf("%d s", (int)s);
}

static json_t *elapsed_json(const struct after_action *a, int64_t ms)
{
    g_autofree char *text =
        ms && a->released_ms ? after_action_elapsed(MAX(ms - a->released_ms, 0)) : g_strdup("");
    return json_text(text);
}

static json_t *utc_json(int64_t ms)
{
    g_autofree char *text = ms ? notice_time_utc(ms) : g_strdup("");
    return json_text(text);
}

static void append_fact(json_t *list, const char *label, char *value /* taken */)
{
    if (*value)
        json_array_append_new(list,
                              json_pack("{s:s, s:o}", "label", label, "value", json_line(value)));
    g_free(value);
}

static char *moment(const struct after_action *a, int64_t ms)
{
    if (!ms)
        return g_strdup("");
    g_autofree char *utc = notice_time_utc(ms);
    g_autofree char *after = after_action_elapsed(MAX(ms - a->released_ms, 0));
    return g_strdup_printf("%s, %s after the release", utc, after);
}

static char *share(unsigned part, unsigned whole)
{
    return whole ? g_strdup_printf("%u of %u (%u %%)", part, whole, part * 100 / whole)
                 : g_strdup_printf("%u of %u", part, whole);
}

static unsigned left_over(const struct after_action *a)
{
    return a->coverage.affected -
           MIN(a->coverage.affected, a->coverage.covered + a->coverage.taken);
}

static json_t *facts_json(const struct after_action *a)
{
    json_t *list = json_array();
    append_fact(list, "Missions reached", share(a->reached, a->coverage.affected));
    if (a->asked) {
        append_fact(list, "Missions covered", share(a->coverage.covered, a->coverage.affected));
        append_fact(list, "Missions taken over by a person",
                    g_strdup_printf("%u", a->coverage.taken));
        append_fact(list, "Missions without an answer", g_strdup_printf("%u", left_over(a)));
    }
    append_fact(list, "Representatives reached",
                share(a->representatives_reached, a->representatives));
    if (a->asked)
        append_fact(list, "Representatives who acknowledged",
                    share(a->representatives_acknowledged, a->representatives));
    append_fact(list, "First mission reached", moment(a, a->first_reached_ms));
    append_fact(list, "Last mission reached", moment(a, a->last_reached_ms));
    append_fact(list, "First mission covered", moment(a, a->first_covered_ms));
    append_fact(list, "Last mission covered", moment(a, a->last_covered_ms));
    append_fact(list, "Messages to representatives", g_strdup_printf("%u", a->messages));
    append_fact(list, "Reminders", g_strdup_printf("%u", a->reminders));
    append_fact(list, "Attempts", g_strdup_printf("%u", a->attempts));
    return list;
}

static json_t *answers_json(const struct after_action *a)
{
    json_t *list = json_array();
    for (size_t i = 0; answer_names[i]; i++) {
        g_autofree char *label = g_strdelimit(g_strdup(answer_names[i]), "-", ' ');
        json_array_append_new(
            list, json_pack("{s:o, s:i}", "label", json_text(label), "count", (int)a->answers[i]));
    }
    return list;
}

/* When that share of the affected missions had been reached (or covered); 0: never. */
static int64_t time_of(const struct after_action *a, unsigned percent, bool covered)
{
    unsigned want = (a->coverage.affected * percent + 99) / 100;
    for (guint i = 0; want && i < a->steps->len; i++) {
        const struct after_action_step *s = &g_array_index(a->steps, struct after_action_step, i);
        if ((covered ? s->covered : s->reached) >= want)
            return s->time_ms;
    }
    return 0;
}

static json_t *milestones_json(const struct after_action *a)
{
    static const unsigned percents[] = { 25, 50, 75, 90, 100 };
    json_t *list = json_array();
    for (size_t i = 0; i < G_N_ELEMENTS(percents); i++)
        json_array_append_new(list,
                              json_pack("{s:i, s:o, s:o}", "percent", (int)percents[i], "reached",
                                        elapsed_json(a, time_of(a, percents[i], false)), "covered",
                                        elapsed_json(a, time_of(a, percents[i], true))));
    return list;
}

/* The steps as the points of a line, from the release to the end. */
static json_t *line_json(const struct after_action *a, bool covered)
{
    int64_t end = a->closed_ms ? a->closed_ms : a->as_of_ms;
    double span = (double)MAX(end - a->released_ms, 1), missions = MAX(a->coverage.affected, 1);
    double y = CHART_HEIGHT;
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "0,%d", CHART_HEIGHT);
    for (guint i = 0; i < a->steps->len; i++) {
        const struct after_action_step *s = &g_array_index(a->steps, struct after_action_step, i);
        double share_now = (covered ? s->covered : s->reached) / missions;
        double x = CLAMP((double)(s->time_ms - a->released_ms) / span, 0, 1) * CHART_WIDTH;
        g_string_append_printf(out, " %.1f,%.1f", x, y);
        y = CHART_HEIGHT * (1 - MIN(share_now, 1));
        g_string_append_printf(out, " %.1f,%.1f", x, y);
    }
    g_string_append_printf(out, " %d,%.1f", CHART_WIDTH, y);
    json_t *line = json_text(out->str);
    g_string_free(out, TRUE);
    return line;
}

static json_t *chart_json(const struct after_action *a)
{
    int64_t end = a->closed_ms ? a->closed_ms : a->as_of_ms;
    if (!a->steps->len)
        return json_object();
    return json_pack("{s:o, s:o, s:o}", "reached", line_json(a, false), "covered",
                     line_json(a, true), "end", elapsed_json(a, end));
}

static json_t *missions_json(const struct after_action *a)
{
    json_t *list = json_array();
    for (guint i = 0; i < a->missions->len && i < AFTER_ACTION_MAX_LINES; i++) {
        const struct after_action_mission *m = a->missions->pdata[i];
        const char *what = *m->taken_by ? "taken over" : m->reached ? "no answer" : "not reached";
        json_array_append_new(list,
                              json_pack("{s:o, s:o, s:o, s:s, s:s, s:o}", "id", json_line(m->id),
                                        "name", json_line(m->name), "office", json_line(m->office),
                                        "threat", threat_level_names[m->threat], "what", what,
                                        "taken_by", json_line(m->taken_by)));
    }
    return list;
}

static json_t *people_json(const struct after_action *a)
{
    json_t *list = json_array();
    for (guint i = 0; i < a->people->len && i < AFTER_ACTION_MAX_LINES; i++) {
        const struct after_action_person *p = a->people->pdata[i];
        g_autofree char *said = g_strdelimit(g_strdup(p->answer), "-", ' ');
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:s, s:o, s:o}", "recipient", json_line(p->recipient),
                            "name", json_line(p->name), "phone", json_line(p->phone), "state",
                            p->state, "answer", json_text(said), "reply", json_line(p->reply)));
    }
    return list;
}

/* The first few of many. */
static json_t *some_missions_json(const char *missions)
{
    g_auto(GStrv) ids = g_strsplit(missions, " ", -1);
    guint n = g_strv_length(ids);
    if (n <= MISSIONS_SHOWN)
        return json_line(missions);
    g_clear_pointer(&ids[MISSIONS_SHOWN], g_free);
    g_autofree char *first = g_strjoinv(" ", ids);
    for (guint i = MISSIONS_SHOWN + 1; i < n; i++)
        g_clear_pointer(&ids[i], g_free);
    g_autofree char *line = g_strdup_printf("%s and %u more", first, n - MISSIONS_SHOWN);
    return json_line(line);
}

static json_t *escalations_json(const struct after_action *a)
{
    json_t *list = json_array();
    for (guint i = 0; i < a->escalations->len && i < AFTER_ACTION_MAX_LINES; i++) {
        const struct after_action_escalation *e = a->escalations->pdata[i];
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:o, s:o, s:o, s:s}", "after", elapsed_json(a, e->time_ms),
                            "time", utc_json(e->time_ms), "recipient", json_line(e->recipient),
                            "reason", json_line(e->reason), "missions",
                            some_missions_json(e->missions), "state", e->state));
    }
    return list;
}

/* One version is no correction. */
static json_t *versions_json(const struct after_action *a)
{
    json_t *list = json_array();
    for (guint i = 0; a->versions->len > 1 && i < a->versions->len; i++) {
        const struct after_action_version *v = a->versions->pdata[i];
        json_array_append_new(
            list, json_pack("{s:o, s:s, s:o, s:o, s:s, s:b}", "time", utc_json(v->released_ms),
                            "type", broadcast_type_names[v->type], "identifier",
                            json_line(v->identifier), "headline", json_line(v->headline), "state",
                            broadcast_state_names[v->state], "own", g_str_equal(v->id, a->id)));
    }
    return list;
}

static json_t *offices_json(const struct after_action *a)
{
    json_t *list = json_array();
    for (guint i = 0; i < a->offices->len; i++) {
        const struct after_action_office *o = a->offices->pdata[i];
        g_autofree char *median = after_action_elapsed(o->median_answer_ms);
        json_array_append_new(
            list,
            json_pack("{s:o, s:i, s:i, s:i, s:i, s:i, s:o, s:o, s:o}", "office",
                      json_line(o->office), "missions", (int)o->missions, "reached",
                      (int)o->reached, "covered", (int)o->covered, "taken", (int)o->taken,
                      "waiting", (int)o->waiting, "first", elapsed_json(a, o->first_reached_ms),
                      "last", elapsed_json(a, o->last_reached_ms), "median", json_text(median)));
    }
    return list;
}

static void set_left_out(json_t *view, const struct after_action *a)
{
    const struct {
        const char *key;
        guint count;
    } lists[] = { { "missions_left", a->missions->len },
                  { "people_left", a->people->len },
                  { "escalations_left", a->escalations->len } };
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        guint shown = MIN(lists[i].count, AFTER_ACTION_MAX_LINES);
        json_object_set_new(view, lists[i].key, json_integer(lists[i].count - shown));
    }
}

json_t *after_action_view(const struct after_action *a)
{
    const char *banner = reach_banner(a->status);
    g_autofree char *title = after_action_subject(a);
    json_t *view = json_pack(
        "{s:o, s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:b}", "title", json_text(title), "headline",
        json_line(a->headline), "id", json_text(a->id), "identifier", json_line(a->identifier),
        "banner", banner ? banner : "", "type", broadcast_type_names[a->type], "urgency",
        broadcast_urgency_names[a->urgency], "severity", broadcast_severity_names[a->severity],
        "state", broadcast_state_names[a->state], "asked", a->asked);
    json_object_set_new(view, "released", utc_json(a->released_ms));
    json_object_set_new(view, "closed", utc_json(a->closed_ms));
    json_object_set_new(view, "open_for", elapsed_json(a, a->closed_ms));
    json_object_set_new(view, "as_of", utc_json(a->as_of_ms));
    json_object_set_new(view, "facts", facts_json(a));
    json_object_set_new(view, "answers", a->asked ? answers_json(a) : json_array());
    json_object_set_new(view, "milestones", milestones_json(a));
    json_object_set_new(view, "chart", chart_json(a));
    json_object_set_new(view, "missions", missions_json(a));
    json_object_set_new(view, "people", people_json(a));
    json_object_set_new(view, "escalations", escalations_json(a));
    json_object_set_new(view, "versions", versions_json(a));
    json_object_set_new(view, "offices", offices_json(a));
    set_left_out(view, a);
    return view;
}

static const char schema_text[] =
    "{\"title\":\"After-action report\",\"headline\":\"Demonstration\",\"id\":\"0\",\"identifier\":"
    "\"X-1\",\"banner\":\"EXERCISE EXERCISE EXERCISE\",\"type\":\"alert\",\"urgency\":\"expected\","
    "\"severity\":\"severe\",\"state\":\"closed\",\"asked\":true,\"released\":\"2012-07-16 13:30 "
    "UTC\",\"closed\":\"2012-07-16 14:15 UTC\",\"open_for\":\"45 min 0 s\",\"as_of\":\"2012-07-16 "
    "14:15 UTC\",\"facts\":[{\"label\":\"Missions reached\",\"value\":\"1 of 1\"}],\"answers\":[{"
    "\"label\":\"understood\",\"count\":1}],\"milestones\":[{\"percent\":25,\"reached\":\"1 s\","
    "\"covered\":\"4 min 0 s\"}],\"chart\":{\"reached\":\"0,0\",\"covered\":\"0,0\",\"end\":\"45 "
    "min 0 s\"},\"missions\":[{\"id\":\"xx-chicago\",\"name\":\"Consulate\",\"office\":\"chicago\","
    "\"threat\":\"high\",\"what\":\"no answer\",\"taken_by\":\"unix:root\"}],\"missions_left\":1,"
    "\"people\":[{\"recipient\":\"xx-chicago/1\",\"name\":\"One\",\"phone\":\"+1312\",\"state\":"
    "\"reached\",\"answer\":\"wrong person\",\"reply\":\"250 "
    "ok\"}],\"people_left\":1,\"escalations\":[{\"after\":\"30 min 0 "
    "s\",\"time\":\"2012-07-16 14:00 UTC\",\"recipient\":\"desk:command-center\",\"reason\":"
    "\"nobody\",\"missions\":\"xx-chicago\",\"state\":\"reached\"}],\"escalations_left\":1,"
    "\"versions\":[{\"time\":\"2012-07-16 13:30 UTC\",\"type\":\"alert\",\"identifier\":\"X-1\","
    "\"headline\":\"Demonstration\",\"state\":\"closed\",\"own\":true}],\"offices\":[{\"office\":"
    "\"chicago\",\"missions\":1,\"reached\":1,\"covered\":1,\"taken\":1,\"waiting\":1,\"first\":"
    "\"1 "
    "s\",\"last\":\"1 s\",\"median\":\"4 min 0 s\"}]}";

json_t *after_action_schema(const json_t *phrases)
{
    (void)phrases;
    return json_loads(schema_text, JSON_REJECT_DUPLICATES, NULL);
}

/* liaisonctl explain: the story of a broadcast, mission by mission. */
#include <string.h>

#include "broadcast_id.h"
#include "command.h"
#include "explain_story.h"
#include "field.h"
#include "out.h"

struct story {
    const json_t *records; /* array */
    GHashTable *attempts;  /* endpoint -> GPtrArray of its attempts' records, borrowed */
};

/* wanted: false where the story tells them. */
static void index_attempts(struct story *s, bool wanted)
{
    size_t i;
    json_t *r;

    s->attempts =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    json_array_foreach(s->records, i, r)
    {
        const char *endpoint = field_text(r, "endpoint");
        if (!wanted || !*endpoint || !g_str_has_prefix(field_text(r, "event"), "notification."))
            continue;
        GPtrArray *of = g_hash_table_lookup(s->attempts, endpoint);
        if (!of) {
            of = g_ptr_array_new();
            g_hash_table_insert(s->attempts, (gpointer)endpoint, of);
        }
        g_ptr_array_add(of, r);
    }
}

/* "14:30:00  attempt 1: deferred after 12 ms, due again 14:30:02: 451 try later" */
static void tell_attempt(const json_t *r)
{
    char when[FIELD_ROOM], due[FIELD_ROOM], span[FIELD_ROOM];
    const char *outcome = field_text(r, "outcome"), *event = field_text(r, "event");

    out("          %s  ", field_when(field_text(r, "time"), when));
    if (field_number(r, "attempt") > 0)
        out("attempt %lld: ", (long long)field_number(r, "attempt"));
    out("%s", *outcome ? outcome : event + strcspn(event, ".") + 1);
    if (json_object_get(r, "duration_ms"))
        out(" after %s", field_span(field_number(r, "duration_ms"), span));
    if (*field_text(r, "due"))
        out(", due again %s", field_when(field_text(r, "due"), due));
    if (*field_text(r, "reply"))
        out(": %s", field_text(r, "reply"));
    out("\n");
}

static void tell_notification(const struct story *s, const json_t *n)
{
    const char *endpoint = field_text(n, "endpoint"), *state = field_text(n, "state");
    gint64 attempts = field_number(n, "attempts");
    g_autofree char *count = field_count(attempts, "attempt");
    const GPtrArray *told = g_hash_table_lookup(s->attempts, endpoint);
    char due[FIELD_ROOM];

    out("        %s  ", endpoint);
    out_bold("%s", state);
    if (attempts > 0)
        out(" after %s", count);
    if (json_is_true(json_object_get(n, "reminder")))
        out(" (reminder)");
    if (*field_text(n, "due") && strcmp(state, "deferred") == 0)
        out(", next at %s UTC", field_when(field_text(n, "due"), due));
    out("\n");
    for (guint i = 0; told && i < told->len; i++)
        tell_attempt(g_ptr_array_index(told, i));
}

/* What this person said, and who has taken it over. */
static void tell_answers(const json_t *o)
{
    const json_t *answers = field_array(o, "answers");
    const char *taken_by = field_text(o, "taken_by"), *state = field_text(o, "state");
    char when[FIELD_ROOM];
    size_t i;
    json_t *a;

    json_array_foreach(answers, i, a)
    {
        const char *note = field_text(a, "note");
        out("        answered %s at %s by %s%s%s\n", field_text(a, "answer"),
            field_when(field_text(a, "time"), when), field_text(a, "method"), *note ? ": " : "",
            note);
    }
    if (*taken_by)
        out("        taken over at %s by %s\n", field_when(field_text(o, "ended"), when), taken_by);
    if (json_is_true(json_object_get(o, "asks")) && json_array_size(answers) == 0 && !*taken_by &&
        (strcmp(state, "open") == 0 || strcmp(state, "reached") == 0))
        out("        has not acknowledged\n");
}

static void tell_obligation(const struct story *s, const json_t *o)
{
    const char *reason = field_text(o, "reason"), *detail = field_text(o, "detail");
    const char *name = field_text(o, "name"), *language = field_text(o, "language");
    size_t i;
    json_t *n;

    out("    %s%s%s", field_text(o, "recipient"), *name ? ", " : "", name);
    if (*language)
        out(" (%s)", language);
    out(": ");
    out_bold("%s\n", field_text(o, "state"));
    if (*reason && strcmp(reason, "affected") != 0)
        out("        because of %s%s%s\n", reason, *detail ? ": " : "", detail);
    tell_answers(o);
    json_array_foreach(field_array(o, "notifications"), i, n)
    {
        tell_notification(s, n);
    }
    if (json_array_size(field_array(o, "notifications")) == 0)
        out("        has no endpoint that may be used\n");
}

static void tell_obligations(const struct story *s, const json_t *list)
{
    size_t i;
    json_t *o;

    json_array_foreach(list, i, o)
    {
        tell_obligation(s, o);
    }
}

static void tell_mission(const struct story *s, const json_t *m)
{
    const char *office = field_text(m, "office"), *why = field_text(m, "office_because");
    size_t i;
    json_t *gap;

    out_bold("%s", field_text(m, "mission"));
    out("  %s\n", field_text(m, "name"));
    if (json_is_false(json_object_get(m, "affected")))
        out("    is not affected: %s\n", field_text(m, "because"));
    else
        out("    is affected because %s\n", field_text(m, "because"));
    if (*office)
        out("    its office is %s (%s)\n", office, why);
    out("    on duty for it: %s\n", field_text(m, "duty"));
    json_array_foreach(field_array(m, "gaps"), i, gap)
    {
        g_autofree char *text = field_shown(gap);
        out("    gap: %s\n", text);
    }
    tell_obligations(s, field_array(m, "obligations"));
    out("\n");
}

/* What happened to the broadcast itself, and to obligations. */
static void tell_events(const struct story *s)
{
    size_t i;
    json_t *r;
    char when[FIELD_ROOM];

    json_array_foreach(s->records, i, r)
    {
        const char *event = field_text(r, "event"), *reply = field_text(r, "reply");
        const char *recipient = field_text(r, "recipient");
        if (g_str_has_prefix(event, "notification."))
            continue;
        out("%s  %s%s%s%s%s\n", field_when(field_text(r, "time"), when), event,
            *recipient ? " " : "", recipient, *reply ? ": " : "", reply);
    }
}

static void tell(const json_t *answer, const char *mission)
{
    struct story s = { .records = field_array(answer, "records") };
    const json_t *missions = field_array(answer, "missions"),
                 *others = field_array(answer, "others");
    bool told = mission && field_array(answer, "story");
    size_t i;
    json_t *m;

    index_attempts(&s, !told);
    out("Broadcast %s.  Times are UTC.\n\n", field_text(answer, "id"));
    if (told) {
        explain_story(answer, mission);
        out_bold("Where it stands in this version\n");
    }
    json_array_foreach(missions, i, m)
    {
        tell_mission(&s, m);
    }
    if (json_array_size(missions) == 0)
        out(told ? "This version does not concern it.\n\n" : "No mission is affected.\n\n");
    if (json_array_size(others) > 0) {
        out_bold("Offices, desks and partners\n");
        tell_obligations(&s, others);
        out("\n");
    }
    if (!told)
        tell_events(&s);
    g_hash_table_unref(s.attempts);
}

int explain_run(struct session *s, int argc, char **argv)
{
    g_autofree char *mission = NULL;
    const GOptionEntry options[] = {
        { "mission", 'm', 0, G_OPTION_ARG_STRING, &mission, "Only that mission", "MISSION" },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 1, 1, &result))
        return result;
    g_autofree char *plain = broadcast_path(s, argv[1], "/explain");
    if (!plain)
        return COMMAND_FAILED;
    g_autoptr(GString) path = g_string_new(plain);
    api_query(path, "mission", mission);
    struct api_answer *answer = command_get(s, path->str);
    if (!answer)
        return COMMAND_FAILED;
    if (!command_json(s, answer))
        tell(answer->json, mission);
    api_answer_free(answer);
    return COMMAND_DONE;
}

/* liaisonctl tail: the latest delivery records, and those that follow. */
#include <string.h>

#include "backlog.h"
#include "broadcast_id.h"
#include "command.h"
#include "field.h"
#include "interrupt.h"
#include "out.h"
#include "problem.h"
#include "record_show.h"
#include "sse.h"

#define COUNT_DEFAULT 10
#define PRINT_EVERY 200u
#define RECONNECT_MIN_MS 500u
#define RECONNECT_MAX_MS 10000u

struct tail {
    struct session *session;
    gboolean follow;
    char *broadcast, *mission, *outcome, *channel, *event, *since, *until, *number;
    int count;
    gint64 last; /* seq of the last record known */
    struct record_show *show;
    struct sse *sse;
    unsigned wait_ms;   /* before the next connection */
    unsigned unprinted; /* rows */
    bool lost_output;
};

static GString *filters_of(const struct tail *t)
{
    GString *q = g_string_new(NULL);

    api_query(q, "broadcast", t->broadcast);
    api_query(q, "mission", t->mission);
    api_query(q, "outcome", t->outcome);
    api_query(q, "channel", t->channel);
    api_query(q, "event", t->event);
    api_query(q, "since", t->since);
    api_query(q, "until", t->until);
    return q;
}

static bool on_event(const char *id, const char *event, const char *data, gsize len, void *ctx)
{
    struct tail *t = ctx;
    json_t *record = json_loadb(data, len, 0, NULL);

    (void)id;
    if (strcmp(event, "record") == 0 && json_is_object(record)) {
        t->last = MAX(t->last, field_number(record, "seq"));
        record_show_add(t->show, record, strlen(data) == len && !strchr(data, '\n') ? data : NULL);
        t->lost_output = !record_show_flush(t->show);
    }
    json_decref(record);
    return !t->lost_output && !interrupt_seen();
}

static bool on_bytes(const char *bytes, gsize len, void *ctx)
{
    struct tail *t = ctx;

    return sse_take(t->sse, bytes, len);
}

static char *stream_path(const struct tail *t)
{
    GString *path = filters_of(t);
    g_autofree char *after = g_strdup_printf("%" G_GINT64_FORMAT, t->last);

    g_string_prepend(path, "/v1/records/stream");
    api_query(path, "after", after);
    return g_string_free(path, FALSE);
}

/* Has the server said no, so that asking again is no use? */
static bool refused(struct api_answer *problem, bool first)
{
    bool no = problem && (first || problem->status != 503);

    if (no)
        problem_complain(problem);
    api_answer_free(problem);
    return no;
}

/* One connection's life.  True: it was lost and may be tried again. */
static bool stream_once(struct tail *t, bool first)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = stream_path(t);
    struct api_answer *problem = NULL;
    const char *id = sse_last_id(t->sse);

    sse_restart(t->sse);
    bool began = api_stream(t->session->api, path, *id ? id : NULL, on_bytes, t, &problem, &error);
    if (refused(problem, first) || interrupt_seen() || t->lost_output)
        return false;
    if (began) {
        t->wait_ms = RECONNECT_MIN_MS;
        complain("the stream was lost%s%s; going on after record %lld", error ? ": " : "",
                 error ? error->message : "", (long long)t->last);
    } else if (first) {
        complain("%s", error ? error->message : "the server does not stream");
        return false;
    }
    return true;
}

static int follow(struct tail *t)
{
    interrupt_catch();
    t->sse = sse_new(on_event, t);
    t->wait_ms = RECONNECT_MIN_MS;
    bool again = stream_once(t, true);
    while (again && interrupt_sleep(t->wait_ms)) {
        t->wait_ms = MIN(t->wait_ms * 2, RECONNECT_MAX_MS);
        again = stream_once(t, false);
    }
    sse_free(t->sse);
    return interrupt_seen() || t->lost_output ? COMMAND_DONE : COMMAND_FAILED;
}

static void on_row(const json_t *row, void *ctx)
{
    struct tail *t = ctx;

    record_show_add(t->show, row, NULL);
    if (++t->unprinted == PRINT_EVERY) {
        t->unprinted = 0;
        t->lost_output = !record_show_flush(t->show);
    }
}

static bool show_backlog(struct tail *t)
{
    g_autoptr(GString) filters = filters_of(t);

    if (!backlog_read(t->session, filters->str, t->count, on_row, t, &t->last))
        return false;
    t->lost_output = !record_show_flush(t->show);
    return true;
}

/* -n N, -n all; without it everything that was asked for in particular, else the last ten. */
static bool read_count(struct tail *t)
{
    guint64 n = 0;

    t->count = t->broadcast || t->since ? BACKLOG_ALL : COUNT_DEFAULT;
    if (!t->number)
        return true;
    if (strcmp(t->number, "all") == 0) {
        t->count = BACKLOG_ALL;
        return true;
    }
    if (!g_ascii_string_to_unsigned(t->number, 10, 0, 1000000, &n, NULL))
        return false;
    t->count = (int)n;
    return true;
}

/* What nobody knows has no records, now or later: that is a mistake, not an empty log. */
static bool narrow(struct tail *t)
{
    char *id = t->broadcast ? broadcast_id(t->session, t->broadcast) : NULL;
    g_autofree char *broadcast = id ? api_path("/v1/broadcasts/", id, "") : NULL;
    g_autofree char *mission = t->mission ? api_path("/v1/roster/missions/", t->mission, "") : NULL;
    const char *const asked[] = { broadcast, mission };
    bool known = id || !t->broadcast;

    for (size_t i = 0; known && i < G_N_ELEMENTS(asked); i++) {
        struct api_answer *answer = asked[i] ? command_get(t->session, asked[i]) : NULL;
        known = answer || !asked[i];
        api_answer_free(answer);
    }
    g_free(t->broadcast);
    t->broadcast = id;
    return known;
}

static int tail(struct tail *t)
{
    if (!command_time("--since", t->since) || !command_time("--until", t->until))
        return COMMAND_USAGE;
    if (!read_count(t))
        return command_misused(t->session, "-n: a number up to 1000000, or all");
    if (t->follow && t->until)
        return command_misused(t->session, "-f has no end: it does not go with --until");
    if (!narrow(t))
        return COMMAND_FAILED;
    t->show = record_show_new(t->session->json);
    int result = show_backlog(t) ? COMMAND_DONE : COMMAND_FAILED;
    if (result == COMMAND_DONE && t->follow && !t->lost_output)
        result = follow(t);
    record_show_free(t->show);
    return result;
}

static void free_options(struct tail *t)
{
    char *const owned[] = { t->broadcast, t->mission, t->outcome, t->channel,
                            t->event,     t->since,   t->until,   t->number };

    for (size_t i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free(owned[i]);
}

int tail_run(struct session *s, int argc, char **argv)
{
    struct tail t = { .session = s };
    const GOptionEntry options[] = {
        { "follow", 'f', 0, G_OPTION_ARG_NONE, &t.follow, "Go on with what happens next", NULL },
        { "number", 'n', 0, G_OPTION_ARG_STRING, &t.number,
          "The last N, or all (10; all with --broadcast or --since)", "N" },
        { "broadcast", 'b', 0, G_OPTION_ARG_STRING, &t.broadcast, "Only of that broadcast", "ID" },
        { "mission", 'm', 0, G_OPTION_ARG_STRING, &t.mission, "Only of that mission", "MISSION" },
        { "outcome", 'o', 0, G_OPTION_ARG_STRING, &t.outcome,
          "Only accepted, deferred, refused or unknown", "OUTCOME" },
        { "channel", 'c', 0, G_OPTION_ARG_STRING, &t.channel, "Only smtp or webhook", "CHANNEL" },
        { "event", 'e', 0, G_OPTION_ARG_STRING, &t.event,
          "Only such events; audit.* for what people did", "EVENT" },
        { "since", 0, 0, G_OPTION_ARG_STRING, &t.since, "From that instant on", "TIME" },
        { "until", 0, 0, G_OPTION_ARG_STRING, &t.until, "Before that instant", "TIME" },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (command_options(s, options, &argc, &argv, 0, 0, &result))
        result = tail(&t);
    free_options(&t);
    return result;
}

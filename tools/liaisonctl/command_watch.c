/* liaisonctl watch: a broadcast's progress, live. */
#include "watch.h"

#include <string.h>

#include "broadcast_id.h"
#include "field.h"
#include "interrupt.h"
#include "out.h"
#include "problem.h"

#define POLL_MS 500u
#define BAR_MAX 40u

enum watch_state { WATCH_WAITING, WATCH_ENDED, WATCH_GONE };

struct watch {
    struct session *session;
    const char *id;
    char *path;
    gint64 queued, sending, deferred, accepted, refused, withdrawn; /* notifications */
    gint64 affected, covered, uncovered; /* missions; affected 0: nobody is asked to acknowledge */
    gint64 elapsed_ms, start_us;
    char *held; /* until then nothing is sent, as the daemon said it; "" : it is effective */
    bool until_covered;
    bool over;   /* it is closed, superseded, cancelled, expired or was never released */
    char *last;  /* what was printed last */
    bool silent; /* the daemon does not answer, and that was said */
    bool known;  /* it has answered once */
};

static gint64 waiting_of(const struct watch *w)
{
    return w->queued + w->sending + w->deferred;
}

static gint64 total_of(const struct watch *w)
{
    return waiting_of(w) + w->accepted + w->refused + w->withdrawn;
}

static void take_progress(struct watch *w, const json_t *progress)
{
    const json_t *n = field_object(progress, "notifications");

    w->queued = field_number(n, "queued");
    w->sending = field_number(n, "sending");
    w->deferred = field_number(n, "deferred");
    w->accepted = field_number(n, "accepted");
    w->refused = field_number(n, "refused");
    w->withdrawn = field_number(n, "withdrawn");
    w->elapsed_ms = field_number(progress, "elapsed_ms");
}

static void take_coverage(struct watch *w, const json_t *b)
{
    const json_t *c = field_object(b, "coverage");

    w->affected = field_number(c, "affected");
    w->covered = field_number(c, "covered");
    w->uncovered = field_number(c, "waiting");
    w->over = strcmp(field_text(b, "state"), "released") != 0;
}

static char *counts_of(const struct watch *w)
{
    const struct {
        gint64 n;
        const char *word;
    } others[] = {
        { w->queued, "queued" },   { w->sending, "sending" },     { w->deferred, "deferred" },
        { w->refused, "refused" }, { w->withdrawn, "withdrawn" },
    };
    GString *s = g_string_new(NULL);

    char room[FIELD_ROOM];

    g_string_append_printf(s, "%lld of %lld accepted", (long long)w->accepted,
                           (long long)total_of(w));
    if (*w->held)
        g_string_append_printf(s, ", held until %s UTC", field_when(w->held, room));
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        if (others[i].n > 0)
            g_string_append_printf(s, ", %lld %s", (long long)others[i].n, others[i].word);
    if (w->affected > 0)
        g_string_append_printf(s, "; %lld of %lld missions acknowledged", (long long)w->covered,
                               (long long)w->affected);
    return g_string_free(s, FALSE);
}

static void show_bar(const struct watch *w, const char *counts)
{
    size_t used = strlen(counts) + 16;
    unsigned columns = out_columns();
    unsigned width = columns > used + 10 ? MIN(BAR_MAX, columns - (unsigned)used) : 10;
    gint64 total = MAX(total_of(w), 1);
    unsigned full = (unsigned)(w->accepted * width / total);
    char bar[BAR_MAX + 1];
    gint64 s = (g_get_monotonic_time() - w->start_us) / G_USEC_PER_SEC;

    memset(bar, '.', width);
    memset(bar, '#', MIN(full, width));
    bar[width] = '\0';
    out_line_again("[%s] %s  %02d:%02d", bar, counts, (int)(s / 60), (int)(s % 60));
}

static void show_change(struct watch *w, const json_t *b)
{
    char *counts = counts_of(w);
    bool same = g_strcmp0(counts, w->last) == 0;

    g_free(w->last);
    w->last = counts;
    if (!w->session->json && out_is_terminal()) {
        show_bar(w, counts);
        return;
    }
    if (same)
        return;
    if (w->session->json) {
        json_t *both = json_deep_copy(field_object(b, "progress"));
        if (field_object(b, "coverage"))
            json_object_set(both, "coverage", field_object(b, "coverage"));
        char *line = json_dumps(both, JSON_COMPACT | JSON_ENSURE_ASCII);
        out_json(line, strlen(line));
        free(line);
        json_decref(both);
    } else {
        out("%s\n", counts);
    }
    out_flush();
}

/* A daemon that restarts loses nothing, so that a watcher may wait for it; but the first question
 * must be answered. */
static enum watch_state no_answer(struct watch *w, const char *why)
{
    if (!w->known || interrupt_seen()) {
        if (!interrupt_seen())
            complain("%s", why);
        return WATCH_GONE;
    }
    if (!w->silent)
        complain("%s; waiting for it", why);
    w->silent = true;
    return WATCH_WAITING;
}

static enum watch_state look(struct watch *w)
{
    g_autoptr(GError) error = NULL;
    struct api_answer *answer = api_call(
        w->session->api, &(struct api_request){ .method = "GET", .path = w->path }, &error);

    if (!answer)
        return no_answer(w, error->message);
    const json_t *progress = field_object(answer->json, "progress");
    if (answer->status != 200 || !progress) {
        bool wait = answer->status == 503 && w->known;
        if (!wait)
            problem_complain(answer);
        api_answer_free(answer);
        return wait ? WATCH_WAITING : WATCH_GONE;
    }
    w->known = true;
    w->silent = false;
    g_free(w->held);
    w->held = g_strdup(field_text(answer->json, "held_until"));
    take_progress(w, progress);
    take_coverage(w, answer->json);
    show_change(w, answer->json);
    api_answer_free(answer);
    if (w->until_covered)
        return w->uncovered == 0 || w->over ? WATCH_ENDED : WATCH_WAITING;
    return waiting_of(w) == 0 ? WATCH_ENDED : WATCH_WAITING;
}

static void show_end(const struct watch *w)
{
    char room[FIELD_ROOM];

    if (w->session->json)
        return;
    if (total_of(w) == 0)
        out("there was nobody to notify\n");
    else if (w->accepted == total_of(w))
        out("all %lld notifications were accepted, the last %s after the broadcast came in\n",
            (long long)w->accepted, field_span(w->elapsed_ms, room));
    else
        out("%lld of %lld were not accepted: liaisonctl explain %s tells why\n",
            (long long)(total_of(w) - w->accepted), (long long)total_of(w), w->id);
}

static void show_covered(const struct watch *w)
{
    if (w->session->json)
        return;
    if (w->affected == 0)
        out("nobody is asked to acknowledge it\n");
    else if (w->uncovered > 0)
        out("it is over, and %lld of %lld missions have not acknowledged\n",
            (long long)w->uncovered, (long long)w->affected);
    else
        out("no mission is left to wait for: %lld of %lld acknowledged\n", (long long)w->covered,
            (long long)w->affected);
}

/* Was it what the caller hoped for? */
static bool is_good(const struct watch *w)
{
    if (w->until_covered)
        return w->affected > 0 && w->uncovered == 0;
    return w->accepted == total_of(w);
}

static void show_late(const struct watch *w, int timeout_s)
{
    if (w->until_covered)
        complain("not done after %d s: %lld missions have not acknowledged (the daemon goes on)",
                 timeout_s, (long long)w->uncovered);
    else
        complain("not done after %d s: %lld are still to be sent (the daemon goes on)", timeout_s,
                 (long long)waiting_of(w));
}

static int end(struct watch *w, enum watch_state state, bool late, int timeout_s)
{
    if (!w->session->json && out_is_terminal() && w->known)
        out("\n");
    if (state == WATCH_ENDED && w->until_covered)
        show_covered(w);
    else if (state == WATCH_ENDED)
        show_end(w);
    else if (late)
        show_late(w, timeout_s);
    else if (interrupt_seen())
        complain("stopped watching; the daemon goes on sending");
    return state == WATCH_ENDED && is_good(w) ? COMMAND_DONE : COMMAND_FAILED;
}

int watch_follow(struct session *s, const char *id, int timeout_s, bool until_covered)
{
    g_autofree char *path = broadcast_path(s, id, "");
    if (!path)
        return COMMAND_FAILED;
    struct watch w = { .session = s,
                       .id = id,
                       .path = path,
                       .start_us = g_get_monotonic_time(),
                       .until_covered = until_covered };
    gint64 until_us = w.start_us + timeout_s * G_USEC_PER_SEC;
    bool late = false;

    interrupt_catch();
    enum watch_state state = look(&w);
    while (state == WATCH_WAITING) {
        late = timeout_s > 0 && g_get_monotonic_time() >= until_us;
        if (late || !interrupt_sleep(POLL_MS))
            break;
        state = look(&w);
    }
    int result = end(&w, state, late, timeout_s);
    g_free(w.held);
    g_free(w.last);
    return result;
}

int watch_run(struct session *s, int argc, char **argv)
{
    int timeout_s = 0, result = COMMAND_FAILED;
    gboolean until_covered = FALSE;
    const GOptionEntry options[] = {
        { "timeout", 0, 0, G_OPTION_ARG_INT, &timeout_s, "Give up after that many seconds", "S" },
        { "until-covered", 0, 0, G_OPTION_ARG_NONE, &until_covered,
          "Until every mission has acknowledged or was taken over", NULL },
        G_OPTION_ENTRY_NULL,
    };

    if (!command_options(s, options, &argc, &argv, 1, 1, &result))
        return result;
    if (timeout_s < 0)
        return command_misused(s, "--timeout: seconds are not negative");
    return watch_follow(s, argv[1], timeout_s, until_covered);
}

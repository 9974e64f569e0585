/* liaisonctl send: preview, ask, post. */
#include <string.h>

#include "base/digest.h"
#include "broadcast_file.h"
#include "command.h"
#include "field.h"
#include "out.h"
#include "preview_show.h"
#include "prompt.h"
#include "watch.h"

struct send {
    struct session *session;
    const char *file;
    GString *body;
    gint64 expected; /* -1: not given */
    gint64 missions; /* of the preview */
    const char *key; /* Idempotency-Key; NULL: made from the file */
    gboolean watch;
};

/* A key is a header's value. */
static bool is_key(const char *s)
{
    size_t n = strlen(s);

    if (n == 0 || n > 200)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!g_ascii_isgraph(s[i]))
            return false;
    return true;
}

static bool confirmed_by_number(const struct send *o)
{
    if (o->expected == o->missions)
        return true;
    complain("the preview says %lld missions and %lld were expected: nothing was sent",
             (long long)o->missions, (long long)o->expected);
    return false;
}

/* A "yes" is typed without reading; a number has to be looked up in the preview. */
static bool confirmed_by_person(const struct send *o)
{
    g_autofree char *typed =
        prompt_line(strcmp(o->file, "-") == 0,
                    "To send this, type the number of missions (anything else stops):");
    guint64 number = 0;

    if (typed && g_ascii_string_to_unsigned(typed, 10, 0, G_MAXINT64, &number, NULL) &&
        (gint64)number == o->missions)
        return true;
    complain("that is not the number of missions: nothing was sent");
    return false;
}

static bool show_and_confirm(struct send *o)
{
    struct api_answer *preview = broadcast_file_preview(o->session, o->body, NULL);

    if (!preview)
        return false;
    json_t *broadcast = json_loadb(o->body->str, o->body->len, 0, NULL);
    preview_show_broadcast(broadcast);
    preview_show_summary(preview->json);
    json_decref(broadcast);
    bool counted = field_array(preview->json, "missions") != NULL;
    o->missions = (gint64)json_array_size(field_array(preview->json, "missions"));
    api_answer_free(preview);
    if (!counted) {
        complain("the preview does not say which missions: nothing was sent");
        return false;
    }
    return o->expected >= 0 ? confirmed_by_number(o) : confirmed_by_person(o);
}

/* Taken, but nothing was sent yet: that must not look like success to a tired eye. */
static bool waits(const json_t *a)
{
    const char *hold = field_text(a, "hold");
    char room[FIELD_ROOM];

    if (*hold)
        out("HELD for a person, nothing was sent: %s\n", hold);
    else if (*field_text(a, "approve_by"))
        out("PENDING, nothing was sent: a second person must approve it until %s UTC\n",
            field_when(field_text(a, "approve_by"), room));
    return *hold || *field_text(a, "approve_by");
}

/* A draft and a system message are recorded only, and so are acks and errors. */
static bool went_nowhere(const json_t *a)
{
    const char *state = field_text(a, "state");
    bool draft = strcmp(state, "draft") == 0;

    if (!draft && (strcmp(state, "closed") != 0 || field_number(a, "notifications") > 0))
        return false;
    out("recorded %s, sent to nobody%s\n", field_text(a, "identifier"),
        draft ? ": it is a draft" : "");
    return true;
}

static void show_answer(const struct send *o, const json_t *a)
{
    gint64 missions = field_number(a, "missions");
    char room[FIELD_ROOM];
    size_t i;
    json_t *warning;

    if (json_is_true(json_object_get(a, "known")))
        out("This broadcast was taken before; nothing is done twice.\n");
    json_array_foreach(field_array(a, "warnings"), i, warning)
    {
        g_autofree char *text =
            field_shown(json_is_object(warning) ? json_object_get(warning, "detail") : warning);
        out("warning: %s\n", text);
    }
    if (went_nowhere(a) || waits(a))
        return;
    if (missions != o->missions && strcmp(field_text(a, "type"), "cancel") != 0)
        complain("it was planned for %lld missions, the preview says %lld now: the roster has "
                 "changed since",
                 (long long)missions, (long long)o->missions);
    out("accepted %s: %lld missions, %lld notifications, until %s UTC\n",
        field_text(a, "identifier"), (long long)missions,
        (long long)field_number(a, "notifications"), field_when(field_text(a, "deadline"), room));
    if (*field_text(a, "held_until"))
        out("HELD until it is effective: it will go out at %s UTC\n",
            field_when(field_text(a, "held_until"), room));
}

/* Other numbers of missions make another request, and so another key. */
static char *key_of(const struct send *o)
{
    g_autofree char *digest = digest_sha256_hex(o->body->str, o->body->len);

    if (o->key)
        return g_strdup(o->key);
    return g_strdup_printf("sha256-%s-%" G_GINT64_FORMAT, digest, o->missions);
}

static int post(struct send *o)
{
    g_autofree char *key = key_of(o), *number = g_strdup_printf("%" G_GINT64_FORMAT, o->missions);
    /* The roster may change between preview and sending: the server refuses another number. */
    g_autoptr(GString) path = g_string_new("/v1/broadcasts");
    api_query(path, "expect_missions", number);
    struct api_request r = { .method = "POST",
                             .path = path->str,
                             .body = o->body->str,
                             .body_len = o->body->len,
                             .content_type = broadcast_file_type(o->body),
                             .idempotency_key = key };
    struct session *s = o->session;
    struct api_answer *answer = command_ask(s, &r);

    if (!answer && s->unanswered)
        complain("whether it was taken is not known; give the same command again, nothing is sent "
                 "twice (Idempotency-Key %s)",
                 key);
    if (!answer)
        return COMMAND_FAILED;
    show_answer(o, answer->json);
    g_autofree char *id = g_strdup(field_text(answer->json, "id"));
    if (!command_json(s, answer))
        out("%s\n", id);
    api_answer_free(answer);
    if (!o->watch)
        return COMMAND_DONE;
    out_flush();
    return watch_follow(s, id, 0, false);
}

static int send_file(struct send *o)
{
    if (o->expected < 0 && !prompt_possible(strcmp(o->file, "-") == 0)) {
        complain("there is no terminal to ask on: give --expect-missions N, the number of missions "
                 "that the preview must say");
        return COMMAND_USAGE;
    }
    g_autoptr(GString) body = broadcast_file_read(o->file);
    if (!body)
        return COMMAND_FAILED;
    o->body = body;
    return show_and_confirm(o) ? post(o) : COMMAND_FAILED;
}

int send_run(struct session *s, int argc, char **argv)
{
    g_autofree char *key = NULL;
    struct send o = { .session = s, .expected = -1 };
    const GOptionEntry options[] = {
        { "expect-missions", 0, 0, G_OPTION_ARG_INT64, &o.expected,
          "Send without asking if the preview says N missions", "N" },
        { "idempotency-key", 0, 0, G_OPTION_ARG_STRING, &key,
          "Key under which it is sent once (the file's SHA-256)", "KEY" },
        { "watch", 0, 0, G_OPTION_ARG_NONE, &o.watch, "Then follow its progress", NULL },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 1, 1, &result))
        return result;
    if (key && !is_key(key))
        return command_misused(s, "--idempotency-key: 1 to 200 visible ASCII characters");
    if (o.expected < -1)
        return command_misused(s, "--expect-missions: a number of missions is not negative");
    if (s->json)
        out_use(stderr);
    o.file = argv[1];
    o.key = key;
    return send_file(&o);
}

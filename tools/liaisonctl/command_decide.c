/* liaisonctl approve, reject, release and cancel: what a person decides of a broadcast. */
#include "audience_option.h"
#include "broadcast_id.h"
#include "command.h"
#include "field.h"
#include "out.h"
#include "preview_show.h"
#include "prompt.h"

static json_t *wish_new(gint64 missions, const char *reason)
{
    json_t *o = json_object();

    if (missions >= 0)
        json_object_set_new(o, "missions", json_integer(missions));
    if (reason)
        json_object_set_new(o, "reason", json_string(reason));
    return o;
}

static struct api_answer *post(struct session *s, const char *id, const char *verb,
                               json_t *wish /* taken */)
{
    g_autofree char *path = broadcast_path(s, id, verb);
    if (!path) {
        json_decref(wish);
        return NULL;
    }
    return command_ask_json(s, "POST", path, wish);
}

static int tell(struct session *s, struct api_answer *answer, const char *done)
{
    if (!answer)
        return COMMAND_FAILED;
    if (!command_json(s, answer))
        out("%s %s: %s, %lld missions, %lld notifications\n", done, field_text(answer->json, "id"),
            field_text(answer->json, "state"), (long long)field_number(answer->json, "missions"),
            (long long)field_number(answer->json, "notifications"));
    api_answer_free(answer);
    return COMMAND_DONE;
}

/* What the author saw is what the approver sees; its number is typed, not its "yes". */
static bool look_and_count(struct session *s, const char *id, gint64 *missions)
{
    g_autofree char *shown = api_path("/v1/broadcasts/", id, "");
    g_autofree char *path = api_path("/v1/broadcasts/", id, "/preview");
    struct api_answer *broadcast = command_get(s, shown);
    struct api_answer *preview = broadcast ? command_get(s, path) : NULL;
    guint64 number = 0;
    bool counted = false;

    if (preview) {
        gint64 told = json_object_get(preview->json, "told")
                          ? field_number(preview->json, "told")
                          : (gint64)json_array_size(field_array(preview->json, "missions"));
        preview_show_broadcast(json_object_get(broadcast->json, "broadcast"));
        preview_show_missions(preview->json);
        preview_show_summary(preview->json);
        g_autofree char *typed = prompt_line(
            false, "To approve this, type the number of missions (anything else stops):");
        counted = typed && g_ascii_string_to_unsigned(typed, 10, 0, G_MAXINT64, &number, NULL) &&
                  (gint64)number == told;
        if (!counted)
            complain("that is not the number of missions: it still waits");
    }
    *missions = (gint64)number;
    api_answer_free(broadcast);
    api_answer_free(preview);
    return counted;
}

int approve_run(struct session *s, int argc, char **argv)
{
    gint64 missions = -1;
    gboolean bypass = FALSE;
    g_autofree char *reason = NULL;
    const GOptionEntry options[] = {
        { "missions", 0, 0, G_OPTION_ARG_INT64, &missions,
          "How many missions it goes to, as you saw", "N" },
        { "bypass", 0, 0, G_OPTION_ARG_NONE, &bypass,
          "Take the way round: no second person, every approver is told", NULL },
        { "reason", 0, 0, G_OPTION_ARG_STRING, &reason, "Why (the way round needs one)", "TEXT" },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 1, 1, &result))
        return result;
    if (missions < 0 && !prompt_possible(false))
        return command_misused(s, "there is no terminal to ask on: say how many missions it goes "
                                  "to, --missions N");
    if (missions < 0 && !look_and_count(s, argv[1], &missions))
        return COMMAND_FAILED;
    json_t *wish = wish_new(missions, reason);
    if (bypass)
        json_object_set_new(wish, "bypass", json_true());
    return tell(s, post(s, argv[1], "/approve", wish), "approved");
}

int reject_run(struct session *s, int argc, char **argv)
{
    g_autofree char *reason = NULL;
    const GOptionEntry options[] = {
        { "reason", 0, 0, G_OPTION_ARG_STRING, &reason, "Why", "TEXT" },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 1, 1, &result))
        return result;
    return tell(s, post(s, argv[1], "/reject", wish_new(-1, reason)), "rejected");
}

int release_run(struct session *s, int argc, char **argv)
{
    gint64 missions = -1;
    g_autofree char *audience = NULL;
    const GOptionEntry options[] = {
        { "missions", 0, 0, G_OPTION_ARG_INT64, &missions, "How many missions it is to go to",
          "N" },
        { "audience", 0, 0, G_OPTION_ARG_STRING, &audience,
          "Whom it concerns, as JSON or a file of it", "JSON|FILE" },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 1, 1, &result))
        return result;
    json_t *wish = wish_new(missions, NULL), *whom = audience ? audience_option(audience) : NULL;
    if (audience && !whom) {
        json_decref(wish);
        return COMMAND_FAILED;
    }
    if (whom)
        json_object_set_new(wish, "audience", whom);
    return tell(s, post(s, argv[1], "/release", wish), "released");
}

/* --- cancel --- */

static int show_cancel(struct session *s, const char *id, bool false_alarm, const char *reason)
{
    g_autofree char *base = broadcast_path(s, id, "/cancel");
    if (!base)
        return COMMAND_FAILED;
    g_autoptr(GString) path = g_string_new(base);

    api_query(path, "false_alarm", false_alarm ? "true" : NULL);
    api_query(path, "reason", reason);
    struct api_answer *answer = command_get(s, path->str);
    if (!answer)
        return COMMAND_FAILED;
    if (!command_json(s, answer)) {
        size_t i;
        json_t *m;
        json_array_foreach(field_array(answer->json, "messages"), i, m)
        {
            g_autofree char *headline = field_shown(json_object_get(m, "headline"));
            g_autofree char *text = field_shown(json_object_get(m, "description"));
            out("%s: %s\n    %s\n", field_text(m, "language"), headline, text);
        }
    }
    api_answer_free(answer);
    return COMMAND_DONE;
}

int cancel_run(struct session *s, int argc, char **argv)
{
    gboolean false_alarm = FALSE, preview = FALSE;
    g_autofree char *reason = NULL;
    const GOptionEntry options[] = {
        { "false-alarm", 0, 0, G_OPTION_ARG_NONE, &false_alarm, "Say that it was issued in error",
          NULL },
        { "reason", 0, 0, G_OPTION_ARG_STRING, &reason, "Words of your own, sent along", "TEXT" },
        { "preview", 0, 0, G_OPTION_ARG_NONE, &preview, "Show the text, send nothing", NULL },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 1, 1, &result))
        return result;
    if (preview)
        return show_cancel(s, argv[1], false_alarm, reason);
    json_t *wish = wish_new(-1, reason);
    if (false_alarm)
        json_object_set_new(wish, "false_alarm", json_true());
    return tell(s, post(s, argv[1], "/cancel", wish), "cancelled by");
}

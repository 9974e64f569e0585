/* liaisonctl take: a person takes over missions that have not acknowledged. */
#include "broadcast_id.h"
#include "command.h"
#include "field.h"
#include "out.h"

static json_t *wish_of(char *const *missions, const char *note)
{
    json_t *wish = json_object();

    if (missions) {
        json_t *list = json_array();
        for (size_t i = 0; missions[i]; i++)
            json_array_append_new(list, json_string(missions[i]));
        json_object_set_new(wish, "missions", list);
    } else {
        json_object_set_new(wish, "all", json_true());
    }
    if (note)
        json_object_set_new(wish, "note", json_string(note));
    return wish;
}

static void show_some(const char *title, const json_t *missions)
{
    g_autofree char *names = field_shown(missions);

    if (json_array_size(missions) > 0)
        out("%s %s\n", title, names);
}

static void show(const json_t *answer)
{
    show_some("taken over:", field_array(answer, "taken"));
    show_some("nothing to take over:", field_array(answer, "settled"));
}

static int take(struct session *s, const char *id, json_t *wish /* taken */)
{
    g_autofree char *path = broadcast_path(s, id, "/take");
    if (!path) {
        json_decref(wish);
        return COMMAND_FAILED;
    }
    return command_show(s, command_ask_json(s, "POST", path, wish), show);
}

int take_run(struct session *s, int argc, char **argv)
{
    g_auto(GStrv) missions = NULL;
    gboolean all = FALSE;
    g_autofree char *note = NULL;
    const GOptionEntry options[] = {
        { "mission", 'm', 0, G_OPTION_ARG_STRING_ARRAY, &missions,
          "That mission; give it for each one", "MISSION" },
        { "all", 0, 0, G_OPTION_ARG_NONE, &all, "Every mission that has not acknowledged", NULL },
        { "note", 0, 0, G_OPTION_ARG_STRING, &note, "What is being done about it", "TEXT" },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 1, 1, &result))
        return result;
    if ((missions != NULL) == (bool)all)
        return command_misused(s, "say which: --mission M for each one, or --all");
    return take(s, argv[1], wish_of(missions, note));
}

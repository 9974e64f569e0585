/* liaisonctl matter: what missions have put to DSS, and what becomes of it. */
#include <string.h>

#include "command.h"
#include "field.h"
#include "input.h"
#include "out.h"
#include "table.h"

#define MATTER_FILE_MAX 65536u

/* --- list --- */

static void add_row(struct table *t, const json_t *m)
{
    char opened[FIELD_ROOM], due[FIELD_ROOM];
    g_autofree char *number = field_cell(m, "number");
    const char *cells[] = { number,
                            field_text(m, "kind"),
                            field_text(m, "state"),
                            field_text(m, "urgency"),
                            field_text(m, "mission"),
                            field_text(m, "owner"),
                            field_when(field_text(m, "opened"), opened),
                            field_when(field_text(m, "due"), due) };
    table_add(t, cells);
}

static void show_list(const json_t *answer)
{
    static const struct table_column columns[] = {
        { "NUMBER", TABLE_NUMBER, 0 },     { "KIND", TABLE_TEXT, 0 },
        { "STATE", TABLE_TEXT, 0 },        { "URGENCY", TABLE_TEXT, 0 },
        { "MISSION", TABLE_PROSE, 0 },     { "OWNER", TABLE_PROSE, 0 },
        { "OPENED (UTC)", TABLE_TEXT, 0 }, { "DUE (UTC)", TABLE_TEXT, 0 },
        { NULL, TABLE_TEXT, 0 },
    };
    field_table(columns, field_array(answer, "matters"), add_row, "no matters");
    if (*field_text(answer, "next"))
        out("there are more: --before %s\n", field_text(answer, "next"));
}

int matter_list_run(struct session *s, int argc, char **argv)
{
    g_autofree char *kind = NULL, *state = NULL, *mission = NULL, *owner = NULL, *limit = NULL,
                    *before = NULL;
    const GOptionEntry options[] = {
        { "kind", 0, 0, G_OPTION_ARG_STRING, &kind, "Only of this kind", "KIND" },
        { "state", 0, 0, G_OPTION_ARG_STRING, &state, "Only in this state", "STATE" },
        { "mission", 'm', 0, G_OPTION_ARG_STRING, &mission, "Only of this mission", "MISSION" },
        { "owner", 0, 0, G_OPTION_ARG_STRING, &owner, "Only of this owner (office:chicago)",
          "OWNER" },
        { "number", 'n', 0, G_OPTION_ARG_STRING, &limit, "At most so many (50)", "N" },
        { "before", 0, 0, G_OPTION_ARG_STRING, &before, "Those before this number", "NUMBER" },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 0, 0, &result))
        return result;
    g_autoptr(GString) path = g_string_new("/v1/matters");
    const char *const query[][2] = { { "kind", kind },   { "state", state }, { "mission", mission },
                                     { "owner", owner }, { "limit", limit }, { "cursor", before } };
    for (size_t i = 0; i < G_N_ELEMENTS(query); i++)
        api_query(path, query[i][0], query[i][1]);
    return command_show(s, command_get(s, path->str), show_list);
}

/* --- show --- */

static void show_members(const json_t *o)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)o, name, value)
    {
        g_autofree char *text = field_shown(value);
        if (json_is_object(value) || strcmp(name, "history") == 0 || !*text)
            continue;
        if (strchr(text, '\n')) {
            out("%s\n", name);
            out_text(text, 2);
        } else {
            out("%-14s %s\n", name, text);
        }
    }
}

static void show_story(const json_t *m)
{
    size_t i;
    json_t *e;
    char when[FIELD_ROOM];

    show_members(m);
    out_bold("what it says\n");
    show_members(field_object(m, "body"));
    out_bold("history (UTC)\n");
    json_array_foreach(field_array(m, "history"), i, e)
    {
        out("  %s  %s by %s\n", field_when(field_text(e, "time"), when), field_text(e, "what"),
            field_text(e, "who"));
        if (*field_text(e, "note"))
            out_text(field_text(e, "note"), 4);
    }
}

int matter_show_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 1, 1, &result))
        return result;
    g_autofree char *path = api_path("/v1/matters/", argv[1], "");
    return command_show(s, command_get(s, path), show_story);
}

/* --- open and decide --- */

/* One line: what it is now. */
static void tell(const json_t *m)
{
    out("number %lld, %s of %s: %s, with %s\n", (long long)field_number(m, "number"),
        field_text(m, "kind"), field_text(m, "mission"), field_text(m, "state"),
        field_text(m, "owner"));
}

int matter_open_run(struct session *s, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 1, 1, &result))
        return result;
    g_autoptr(GString) file = input_read(argv[1], MATTER_FILE_MAX, &error);
    if (!file) {
        complain("%s", error->message);
        return COMMAND_FAILED;
    }
    struct api_request r = {
        .method = "POST", .path = "/v1/matters", .body = file->str, .body_len = file->len
    };
    return command_show(s, command_ask(s, &r), tell);
}

static int decide(struct session *s, const char *number, const char *action, const char *note,
                  bool unproved)
{
    g_autofree char *path = api_path("/v1/matters/", number, "");
    json_t *wish = json_pack("{s:s}", "action", action);

    if (note)
        json_object_set_new(wish, "note", json_string(note));
    if (unproved)
        json_object_set_new(wish, "unproved", json_true());
    return command_show(s, command_ask_json(s, "POST", path, wish), tell);
}

/* Every decision is one word: the second of the command's name. */
static int decide_run(struct session *s, int argc, char **argv, bool may_be_unproved)
{
    g_autofree char *note = NULL;
    gboolean unproved = FALSE;
    const GOptionEntry options[] = {
        { "note", 0, 0, G_OPTION_ARG_STRING, &note,
          "In your own words; the mission reads it but with \"matter note\"", "TEXT" },
        { may_be_unproved ? "unproved" : NULL, 0, 0, G_OPTION_ARG_NONE, &unproved,
          "Though nobody has answered from the new address; the note says how you know", NULL },
        G_OPTION_ENTRY_NULL,
    };
    const char *action = strchr(s->command->name, ' ') + 1;
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 1, 1, &result))
        return result;
    return decide(s, argv[1], action, note, unproved);
}

int matter_confirm_run(struct session *s, int argc, char **argv)
{
    return decide_run(s, argc, argv, true);
}

int matter_decide_run(struct session *s, int argc, char **argv)
{
    return decide_run(s, argc, argv, false);
}

int matter_draft_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 1, 1, &result))
        return result;
    g_autofree char *path = api_path("/v1/matters/", argv[1], "/draft");
    struct api_answer *answer = command_get(s, path);
    if (!answer)
        return COMMAND_FAILED;
    out_json(answer->body->str, answer->body->len); /* a file to be edited is JSON in any case */
    api_answer_free(answer);
    return COMMAND_DONE;
}

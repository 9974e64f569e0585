/* liaisonctl token and webhook-secret: what others prove themselves with. */
#include "command.h"
#include "field.h"
#include "out.h"
#include "table.h"

/* "--role publisher,viewer --role operator" is one list. */
static json_t *roles_of(char **given)
{
    json_t *roles = json_array();

    for (; given && *given; given++) {
        g_auto(GStrv) words = g_strsplit(*given, ",", -1);
        for (char **w = words; *w; w++)
            if (**w)
                json_array_append_new(roles, json_string(*w));
    }
    return roles;
}

static void show_new(const json_t *token)
{
    out("%s\n", field_text(token, "token"));
    out_flush();
    complain("this is token %s; it is not shown again: keep it in a file of mode 0600",
             field_text(token, "id"));
}

static int create(struct session *s, const char *name, json_t *roles, const char *mission)
{
    json_t *body = json_pack("{s:s, s:O}", "name", name, "roles", roles);
    if (!body)
        return command_misused(s, "the name is not UTF-8");
    if (mission)
        json_object_set_new(body, "mission", json_string(mission));
    return command_show(s, command_ask_json(s, "POST", "/v1/tokens", body), show_new);
}

int token_create_run(struct session *s, int argc, char **argv)
{
    g_auto(GStrv) given = NULL;
    g_autofree char *mission = NULL;
    const GOptionEntry options[] = {
        { "role", 'r', 0, G_OPTION_ARG_STRING_ARRAY, &given,
          "viewer, publisher, approver or operator; may be given again", "ROLE" },
        { "mission", 'm', 0, G_OPTION_ARG_STRING, &mission,
          "For this mission: it opens matters of its own, and sees those", "MISSION" },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 1, 1, &result))
        return result;
    json_t *roles = roles_of(given);
    if (mission && json_array_size(roles) == 0)
        json_array_append_new(roles, json_string("mission"));
    if (json_array_size(roles) == 0)
        result = command_misused(s, "a token needs at least one --role, or a --mission");
    else
        result = create(s, argv[1], roles, mission);
    json_decref(roles);
    return result;
}

static void add_token(struct table *t, const json_t *token)
{
    char created[FIELD_ROOM], used[FIELD_ROOM], revoked[FIELD_ROOM];
    g_autofree char *names = field_shown(json_object_get(token, "roles"));
    const char *mission = field_text(token, "mission");
    g_autofree char *roles = g_strconcat(names, *mission ? " " : "", mission, NULL);
    const char *cells[] = {
        field_text(token, "id"),
        field_text(token, "name"),
        roles,
        field_when(field_text(token, "created"), created),
        field_text(token, "created_by"),
        field_when(field_text(token, "last_used"), used),
        field_when(field_text(token, "revoked"), revoked),
    };

    table_add(t, cells);
}

static void show_list(const json_t *answer)
{
    static const struct table_column columns[] = {
        { "ID", TABLE_TEXT, 0 },      { "NAME", TABLE_PROSE, 0 },
        { "ROLES", TABLE_PROSE, 0 },  { "CREATED (UTC)", TABLE_TEXT, 0 },
        { "BY", TABLE_TEXT, 0 },      { "LAST USED", TABLE_TEXT, 0 },
        { "REVOKED", TABLE_TEXT, 0 }, { NULL, TABLE_TEXT, 0 },
    };
    field_table(columns, field_array(answer, "tokens"), add_token, "no tokens");
}

int token_list_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 0, 0, &result))
        return result;
    return command_show(s, command_get(s, "/v1/tokens"), show_list);
}

int token_revoke_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 1, 1, &result))
        return result;
    g_autofree char *path = api_path("/v1/tokens/", argv[1], "");
    struct api_answer *answer =
        command_ask(s, &(struct api_request){ .method = "DELETE", .path = path });
    if (!answer)
        return COMMAND_FAILED;
    if (s->json) {
        command_own_json(json_pack("{s:s}", "revoked", argv[1]));
    } else {
        out("token %s is revoked\n", argv[1]);
    }
    api_answer_free(answer);
    return COMMAND_DONE;
}

static void show_secrets(const json_t *answer)
{
    size_t i;
    json_t *secret;

    json_array_foreach(field_array(answer, "secrets"), i, secret)
    {
        g_autofree char *text = field_shown(secret);
        out("%s\n", text);
    }
}

int webhook_secret_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 1, 1, &result))
        return result;
    g_autoptr(GString) path = g_string_new("/v1/webhook-secret");
    api_query(path, "endpoint", argv[1]);
    return command_show(s, command_get(s, path->str), show_secrets);
}

/* liaisonctl key: the master keys that sign webhooks and make personal links. */
#include "command.h"
#include "field.h"
#include "out.h"
#include "table.h"

static void add_key(struct table *t, const json_t *key)
{
    char created[FIELD_ROOM], retires[FIELD_ROOM];
    const char *cells[] = {
        field_text(key, "id"),         field_text(key, "state"),
        field_text(key, "from"),       field_when(field_text(key, "created"), created),
        field_text(key, "created_by"), field_when(field_text(key, "retires"), retires),
    };

    table_add(t, cells);
}

static void show_list(const json_t *answer)
{
    static const struct table_column columns[] = {
        { "ID", TABLE_TEXT, 0 },   { "STATE", TABLE_TEXT, 0 },
        { "FROM", TABLE_TEXT, 0 }, { "MADE (UTC)", TABLE_TEXT, 0 },
        { "BY", TABLE_TEXT, 0 },   { "RETIRES (UTC)", TABLE_TEXT, 0 },
        { NULL, TABLE_TEXT, 0 },
    };
    field_table(columns, field_array(answer, "keys"), add_key,
                "no keys: webhooks are not signed, and there are no personal links");
}

int key_list_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 0, 0, &result))
        return result;
    return command_show(s, command_get(s, "/v1/keys"), show_list);
}

static void show_new(const json_t *key)
{
    out("key %s signs from now on, those before it sign beside it until they retire\n",
        field_text(key, "id"));
    out("give the owners of webhooks their new secrets: liaisonctl webhook-secret URL\n");
}

int key_rotate_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 0, 0, &result))
        return result;
    struct api_request r = { .method = "POST", .path = "/v1/keys" };
    return command_show(s, command_ask(s, &r), show_new);
}

int key_retire_run(struct session *s, int argc, char **argv)
{
    gboolean revoke = FALSE;
    const GOptionEntry options[] = {
        { "revoke", 0, 0, G_OPTION_ARG_NONE, &revoke,
          "It is known to others: links made with it die too", NULL },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 1, 1, &result))
        return result;
    g_autofree char *path = api_path("/v1/keys/", argv[1], revoke ? "?revoke=true" : "");
    struct api_answer *answer =
        command_ask(s, &(struct api_request){ .method = "DELETE", .path = path });
    if (!answer)
        return COMMAND_FAILED;
    if (s->json) {
        command_own_json(json_pack("{s:s}", revoke ? "revoked" : "retired", argv[1]));
    } else {
        out("key %s signs no more%s\n", argv[1],
            revoke ? ", and links made with it are dead" : "; links made with it stay good");
    }
    api_answer_free(answer);
    return COMMAND_DONE;
}

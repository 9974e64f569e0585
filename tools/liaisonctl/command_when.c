/* liaisonctl when: who is on duty, and what changes next. */
#include "command.h"
#include "field.h"
#include "out.h"
#include "table.h"

#define COUNT_DEFAULT 10
#define COUNT_MAX 100

static void add_change(struct table *t, const json_t *c)
{
    char when[FIELD_ROOM];
    const char *cells[] = { field_when(field_text(c, "at"), when), field_text(c, "duty"),
                            field_text(c, "because") };
    table_add(t, cells);
}

static void show_changes(const json_t *answer)
{
    static const struct table_column columns[] = {
        { "FROM (UTC)", TABLE_TEXT, 0 },
        { "ON DUTY", TABLE_TEXT, 0 },
        { "BECAUSE", TABLE_PROSE, 0.4 },
        { NULL, TABLE_TEXT, 0 },
    };
    const json_t *rows = field_array(answer, "changes");

    if (json_array_size(rows) > 0)
        out("\n");
    field_table(columns, rows, add_change, NULL);
}

static void show(const json_t *answer)
{
    char when[FIELD_ROOM];
    const char *because = field_text(answer, "because");

    out("%s at %s UTC: ", field_text(answer, "subject"),
        field_when(field_text(answer, "at"), when));
    out_bold("%s", field_text(answer, "duty"));
    out(" is on duty%s%s%s\n", *because ? " (" : "", because, *because ? ")" : "");
    show_changes(answer);
}

/* One id a line: for people who look for one, and for the completion. */
static int list(struct session *s)
{
    static const char *const kinds[] = { "offices", "desks", "missions" };
    struct api_answer *answer = command_get(s, "/v1/duty");
    size_t i;
    json_t *id;

    if (!answer)
        return COMMAND_FAILED;
    bool done = command_json(s, answer);
    for (size_t k = 0; !done && k < G_N_ELEMENTS(kinds); k++) {
        json_array_foreach(field_array(answer->json, kinds[k]), i, id)
        {
            g_autofree char *text = field_shown(id);
            out("%s\n", text);
        }
    }
    api_answer_free(answer);
    return COMMAND_DONE;
}

int when_run(struct session *s, int argc, char **argv)
{
    g_autofree char *at = NULL;
    int count = COUNT_DEFAULT, result = COMMAND_FAILED;
    gboolean names = FALSE;
    const GOptionEntry options[] = {
        { "at", 0, 0, G_OPTION_ARG_STRING, &at, "At that instant instead of now", "TIME" },
        { "count", 'n', 0, G_OPTION_ARG_INT, &count, "How many changes to tell (10)", "N" },
        { "list", 'l', 0, G_OPTION_ARG_NONE, &names, "Name what may be asked about", NULL },
        G_OPTION_ENTRY_NULL,
    };

    if (!command_options(s, options, &argc, &argv, 0, 1, &result))
        return result;
    if (names == (argc > 1))
        return command_misused(s, names ? "--list takes no subject" : "an argument is missing");
    if (names)
        return list(s);
    if (count < 0 || count > COUNT_MAX)
        return command_misused(s, "--count: a number from 0 to 100");
    if (!command_time("--at", at))
        return COMMAND_USAGE;
    g_autofree char *plain = api_path("/v1/duty/", argv[1], "");
    g_autoptr(GString) path = g_string_new(plain);
    g_autofree char *number = g_strdup_printf("%d", count);
    api_query(path, "at", at);
    api_query(path, "count", number);
    return command_show(s, command_get(s, path->str), show);
}

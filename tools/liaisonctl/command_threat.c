/* liaisonctl threat and partner: how threatened missions are, and who else looks after them. */
#include "command.h"
#include "field.h"
#include "out.h"
#include "table.h"

/* --- threat levels --- */

static void add_level(struct table *t, const json_t *level)
{
    char set[FIELD_ROOM], review[FIELD_ROOM];
    const char *cells[] = { field_text(level, "mission"),
                            field_text(level, "level"),
                            field_when(field_text(level, "set"), set),
                            field_when(field_text(level, "review"), review),
                            field_text(level, "author"),
                            field_text(level, "reason") };
    table_add(t, cells);
}

static void show_levels(const json_t *answer, const char *none)
{
    static const struct table_column columns[] = {
        { "MISSION", TABLE_TEXT, 0 },   { "LEVEL", TABLE_TEXT, 0 },
        { "SET (UTC)", TABLE_TEXT, 0 }, { "REVIEW (UTC)", TABLE_TEXT, 0 },
        { "BY", TABLE_TEXT, 0 },        { "REASON", TABLE_PROSE, 0.3 },
        { NULL, TABLE_TEXT, 0 },
    };
    field_table(columns, field_array(answer, "threats"), add_level, none);
}

static int list(struct session *s, const char *mission, bool overdue)
{
    g_autoptr(GString) path = g_string_new("/v1/threats");

    api_query(path, "mission", mission);
    api_query(path, "overdue", overdue ? "true" : NULL);
    struct api_answer *answer = command_get(s, path->str);
    if (!answer)
        return COMMAND_FAILED;
    if (!command_json(s, answer))
        show_levels(answer->json, overdue ? "no review is overdue" : "no threat level was set");
    api_answer_free(answer);
    return COMMAND_DONE;
}

int threat_list_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 0, 1, &result))
        return result;
    return list(s, argc > 1 ? argv[1] : NULL, false);
}

int threat_overdue_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 0, 0, &result))
        return result;
    return list(s, NULL, true);
}

int threat_set_run(struct session *s, int argc, char **argv)
{
    g_autofree char *reason = NULL, *review = NULL;
    const GOptionEntry options[] = {
        { "reason", 0, 0, G_OPTION_ARG_STRING, &reason, "Why (required)", "TEXT" },
        { "review", 0, 0, G_OPTION_ARG_STRING, &review, "When it is to be looked at again",
          "TIME" },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 2, 2, &result))
        return result;
    if (!reason)
        return command_misused(s, "say why: --reason TEXT");
    if (!command_time("--review", review))
        return COMMAND_USAGE;
    json_t *wish =
        json_pack("{s:s, s:s, s:s}", "mission", argv[1], "level", argv[2], "reason", reason);
    if (!wish)
        return command_misused(s, "what was said is not UTF-8");
    if (review)
        json_object_set_new(wish, "review", json_string(review));
    struct api_answer *answer = command_ask_json(s, "POST", "/v1/threats", wish);
    if (!answer)
        return COMMAND_FAILED;
    if (!command_json(s, answer))
        out("%s: %s%s\n", argv[1], argv[2],
            json_array_size(field_array(answer->json, "changed")) ? "" : " (as before, reviewed)");
    api_answer_free(answer);
    return COMMAND_DONE;
}

/* --- partners --- */

static void add_partner(struct table *t, const json_t *p)
{
    bool elsewhere = json_is_true(json_object_get(p, "elsewhere"));
    g_autofree char *states = field_shown(json_object_get(p, "states"));
    const char *mail = field_text(p, "email");
    const char *cells[] = { field_text(p, "id"), field_text(p, "name"), field_text(p, "telephone"),
                            elsewhere ? "elsewhere" : states, *mail ? mail : "none: telephone" };
    table_add(t, cells);
}

static void show_partners(const json_t *answer)
{
    static const struct table_column columns[] = {
        { "PARTNER", TABLE_TEXT, 0 }, { "NAME", TABLE_PROSE, 0 }, { "TELEPHONE", TABLE_TEXT, 0 },
        { "STATES", TABLE_PROSE, 0 }, { "MAIL", TABLE_TEXT, 0 },  { NULL, TABLE_TEXT, 0 },
    };
    field_table(columns, field_array(answer, "partners"), add_partner, NULL);
}

int partner_list_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 0, 0, &result))
        return result;
    return command_show(s, command_get(s, "/v1/partners"), show_partners);
}

static void add_location(struct table *t, const json_t *l)
{
    g_autofree char *responses = field_shown(json_object_get(l, "responses"));
    g_autofree char *city =
        g_strdup_printf("%s, %s", field_text(l, "city"), field_text(l, "state"));
    const char *cells[] = { field_text(l, "mission"),      field_text(l, "name"),
                            field_text(l, "street"),       city,
                            field_text(l, "threat_level"), responses };
    table_add(t, cells);
}

static void show_locations(const json_t *answer)
{
    static const struct table_column columns[] = {
        { "MISSION", TABLE_TEXT, 0 },   { "NAME", TABLE_PROSE, 0.2 },
        { "STREET", TABLE_PROSE, 0.2 }, { "CITY", TABLE_PROSE, 0 },
        { "LEVEL", TABLE_TEXT, 0 },     { "RESPONSES", TABLE_PROSE, 0.2 },
        { NULL, TABLE_TEXT, 0 },
    };
    const json_t *rows = field_array(answer, "locations");
    g_autofree char *count = field_count((gint64)json_array_size(rows), "location");

    field_table(columns, rows, add_location, NULL);
    out("%s\n", count);
}

int partner_locations_run(struct session *s, int argc, char **argv)
{
    gboolean csv = FALSE;
    const GOptionEntry options[] = {
        { "csv", 0, 0, G_OPTION_ARG_NONE, &csv, "As CSV, to hand over", NULL },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 1, 1, &result))
        return result;
    if (csv && s->json)
        return command_misused(s, "--csv and --json are two forms: choose one");
    g_autofree char *plain = api_path("/v1/partners/", argv[1], "/locations");
    g_autoptr(GString) path = g_string_new(plain);
    api_query(path, "format", csv ? "csv" : NULL);
    struct api_answer *answer = command_get(s, path->str);
    if (!answer)
        return COMMAND_FAILED;
    if (csv)
        result = command_save(answer, "-") ? COMMAND_DONE : COMMAND_FAILED;
    else if (!command_json(s, answer))
        show_locations(answer->json);
    api_answer_free(answer);
    return csv ? result : COMMAND_DONE;
}

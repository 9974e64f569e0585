/* liaisonctl campaign: every representative is asked whether messages still reach him. */
#include "audience_option.h"
#include "command.h"
#include "field.h"
#include "out.h"
#include "table.h"

static void show_new(const json_t *c)
{
    char ends[FIELD_ROOM];

    out("campaign %s, until %s UTC\n", field_text(c, "id"),
        field_when(field_text(c, "ends"), ends));
}

int campaign_start_run(struct session *s, int argc, char **argv)
{
    gint64 days = 0;
    g_autofree char *whom = NULL;
    const GOptionEntry options[] = {
        { "days", 0, 0, G_OPTION_ARG_INT64, &days, "How many days they have (required)", "N" },
        { "audience", 0, 0, G_OPTION_ARG_STRING, &whom,
          "JSON, or a file of it; without it everybody", "AUDIENCE" },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 0, 0, &result))
        return result;
    if (days <= 0)
        return command_misused(s, "say how long they have: --days N");
    json_t *audience = whom ? audience_option(whom) : NULL;
    if (whom && !audience)
        return COMMAND_FAILED;
    json_t *wish = json_pack("{s:I}", "days", (json_int_t)days);
    if (audience)
        json_object_set_new(wish, "audience", audience);
    return command_show(s, command_ask_json(s, "POST", "/v1/campaigns", wish), show_new);
}

static void add_campaign(struct table *t, const json_t *c)
{
    char started[FIELD_ROOM], ends[FIELD_ROOM];
    const char *cells[] = { field_text(c, "id"), field_when(field_text(c, "started"), started),
                            field_when(field_text(c, "ends"), ends), field_text(c, "author") };
    table_add(t, cells);
}

static void show_list(const json_t *answer)
{
    static const struct table_column columns[] = {
        { "CAMPAIGN", TABLE_TEXT, 0 },   { "STARTED (UTC)", TABLE_TEXT, 0 },
        { "ENDS (UTC)", TABLE_TEXT, 0 }, { "BY", TABLE_TEXT, 0 },
        { NULL, TABLE_TEXT, 0 },
    };
    field_table(columns, field_array(answer, "campaigns"), add_campaign, "no campaigns");
}

int campaign_list_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 0, 0, &result))
        return result;
    return command_show(s, command_get(s, "/v1/campaigns"), show_list);
}

static void add_silent(struct table *t, const json_t *o)
{
    const char *cells[] = { field_text(o, "recipient"), field_text(o, "name"),
                            field_text(o, "language"),  field_text(o, "telephone"),
                            field_text(o, "state"),     field_text(o, "answer") };
    table_add(t, cells);
}

static void show_silent(const json_t *answer)
{
    static const struct table_column columns[] = {
        { "REPRESENTATIVE", TABLE_TEXT, 0 },
        { "NAME", TABLE_PROSE, 0 },
        { "LANGUAGE", TABLE_TEXT, 0 },
        { "TELEPHONE", TABLE_TEXT, 0 },
        { "STATE", TABLE_TEXT, 0 },
        { "ANSWER", TABLE_TEXT, 0 },
        { NULL, TABLE_TEXT, 0 },
    };
    field_table(columns, field_array(answer, "silent"), add_silent, NULL);
    out("%lld of %lld have confirmed\n", (long long)field_number(answer, "confirmed"),
        (long long)field_number(answer, "asked"));
}

int campaign_show_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 1, 1, &result))
        return result;
    g_autofree char *path = api_path("/v1/campaigns/", argv[1], "");
    return command_show(s, command_get(s, path), show_silent);
}

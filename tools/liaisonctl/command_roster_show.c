/* liaisonctl roster check and show: what the roster holds, and what it lacks. */
#include <string.h>

#include "command.h"
#include "field.h"
#include "out.h"
#include "table.h"

static void add_finding(struct table *t, const json_t *f)
{
    const char *cells[] = { field_text(f, "code"), field_text(f, "subject"),
                            field_text(f, "detail") };
    table_add(t, cells);
}

static void show_findings(const json_t *answer)
{
    static const struct table_column columns[] = {
        { "FINDING", TABLE_TEXT, 0 },
        { "SUBJECT", TABLE_PROSE, 0.25 },
        { "DETAIL", TABLE_PROSE, 0.45 },
        { NULL, TABLE_TEXT, 0 },
    };
    const json_t *rows = field_array(answer, "findings");
    g_autofree char *findings = field_count((gint64)json_array_size(rows), "finding");

    field_table(columns, rows, add_finding, NULL);
    if (json_array_size(rows) > 0)
        out("\n");
    out("%s in %lld missions and %lld representatives\n", findings,
        (long long)field_number(answer, "missions"),
        (long long)field_number(answer, "representatives"));
}

static void add_contact(struct table *t, const json_t *c)
{
    char when[FIELD_ROOM];
    const char *proved = field_text(c, "proved");
    g_autofree char *age = field_shown(json_object_get(c, "age_days"));
    g_autofree char *who =
        g_strdup_printf("%s/%" G_GINT64_FORMAT, field_text(c, "mission"), field_number(c, "rank"));
    const char *cells[] = { who, field_text(c, "endpoint"),
                            *proved ? field_when(proved, when) : "never", age };
    table_add(t, cells);
}

static void show_contacts(const json_t *answer)
{
    static const struct table_column columns[] = {
        { "REPRESENTATIVE", TABLE_TEXT, 0 },
        { "ENDPOINT", TABLE_PROSE, 0.4 },
        { "LAST ANSWER (UTC)", TABLE_TEXT, 0 },
        { "DAYS", TABLE_NUMBER, 0 },
        { NULL, TABLE_TEXT, 0 },
    };
    const json_t *rows = field_array(answer, "contacts");

    field_table(columns, rows, add_contact, NULL);
    if (json_array_size(rows) > 0)
        out("\n");
}

static void show_check(const json_t *answer)
{
    show_contacts(answer);
    show_findings(answer);
}

int roster_check_run(struct session *s, int argc, char **argv)
{
    gboolean contacts = FALSE;
    const GOptionEntry options[] = {
        { "contacts", 0, 0, G_OPTION_ARG_NONE, &contacts,
          "List every endpoint with the age of its last answer", NULL },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 0, 0, &result))
        return result;
    const char *path = contacts ? "/v1/roster/check?contacts=true" : "/v1/roster/check";
    return command_show(s, command_get(s, path), show_check);
}

static void show_representative(const json_t *r)
{
    const char *name;
    json_t *value;

    g_autofree char *rank = field_shown(json_object_get(r, "rank"));
    out_bold("  %s. %s\n", rank, field_text(r, "name"));
    json_object_foreach((json_t *)r, name, value)
    {
        g_autofree char *text = field_shown(value);
        if (*text && strcmp(name, "rank") != 0 && strcmp(name, "name") != 0)
            out("     %-13s %s\n", name, text);
    }
}

static void show_history(const json_t *history)
{
    size_t i;
    json_t *h;
    char when[FIELD_ROOM];

    if (json_array_size(history) > 0)
        out_bold("history (UTC)\n");
    json_array_foreach(history, i, h)
    {
        const char *detail = field_text(h, "detail");
        out("  %s  %s by %s\n", field_when(field_text(h, "time"), when), field_text(h, "change"),
            field_text(h, "author"));
        if (*detail) {
            out("    before:\n");
            out_text(detail, 6);
        }
    }
}

/* Members are shown as they come: a column that is added to the roster shows itself. */
static void show_mission(const json_t *m)
{
    const char *name;
    json_t *value;
    size_t i;

    json_object_foreach((json_t *)m, name, value)
    {
        g_autofree char *text = field_shown(value);
        if (*text && strcmp(name, "representatives") != 0 && strcmp(name, "history") != 0)
            out("%-16s %s\n", strcmp(name, "because") == 0 ? "office because" : name, text);
    }
    out_bold("representatives\n");
    json_array_foreach(field_array(m, "representatives"), i, value)
    {
        show_representative(value);
    }
    if (json_array_size(field_array(m, "representatives")) == 0)
        out("  none\n");
    show_history(field_array(m, "history"));
}

int roster_show_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 1, 1, &result))
        return result;
    g_autofree char *path = api_path("/v1/roster/missions/", argv[1], "");
    return command_show(s, command_get(s, path), show_mission);
}

/* liaisonctl unreached: the call sheet, who does not know yet and at which number they answer. */
#include <string.h>

#include "broadcast_id.h"
#include "command.h"
#include "field.h"
#include "out.h"
#include "table.h"

static const struct table_column columns[] = {
    { "MISSION", TABLE_TEXT, 0 },    { "REPRESENTATIVE", TABLE_CUT, 0.15 },
    { "TELEPHONE", TABLE_TEXT, 0 },  { "LANGUAGE", TABLE_TEXT, 0 },
    { "LOCAL TIME", TABLE_TEXT, 0 }, { "STATE", TABLE_PROSE, 0.12 },
    { "TRIED", TABLE_PROSE, 0.25 },  { NULL, TABLE_TEXT, 0 },
};

/* "1. Lena Example"; without anybody known, what the mission is called. */
static char *person_of(const json_t *row)
{
    const char *name = field_text(row, "name");

    if (field_number(row, "rank") > 0)
        return g_strdup_printf("%lld. %s", (long long)field_number(row, "rank"), name);
    return g_strdup(*name ? name : field_text(row, "mission_name"));
}

/* "smtp accepted: 250 taken; webhook refused: 410 gone", and who has it. */
static char *tried_of(const json_t *row)
{
    GString *s = g_string_new(NULL);
    size_t i;
    json_t *t;

    json_array_foreach(field_array(row, "tried"), i, t)
    {
        const char *reply = field_text(t, "reply");
        g_string_append_printf(s, "%s%s %s%s%s", s->len ? "; " : "", field_text(t, "channel"),
                               field_text(t, "state"), *reply ? ": " : "", reply);
    }
    if (*field_text(row, "taken_by"))
        g_string_append_printf(s, "%staken over by %s", s->len ? "; " : "",
                               field_text(row, "taken_by"));
    return g_string_free(s, FALSE);
}

static void add(struct table *t, const json_t *row)
{
    g_autofree char *person = person_of(row), *tried = tried_of(row);
    const char *what = field_text(row, "what");
    const char *cells[] = {
        field_text(row, "mission"),
        person,
        field_text(row, "phone"),
        field_text(row, "language"),
        field_text(row, "local_time"),
        *what ? what : field_text(row, "state"),
        tried,
    };

    table_add(t, cells);
}

static void show(const json_t *sheet)
{
    field_table(columns, field_array(sheet, "rows"), add, NULL);
    out("%lld of %lld missions have not acknowledged\n", (long long)field_number(sheet, "missions"),
        (long long)field_number(sheet, "affected"));
}

static bool show_csv(const struct api_answer *answer)
{
    if (!out_is_terminal())
        return command_save(answer, "-");
    out_text(answer->body->str, 0);
    return true;
}

int unreached_run(struct session *s, int argc, char **argv)
{
    gboolean csv = FALSE, taken = FALSE;
    g_autofree char *html = NULL;
    const GOptionEntry options[] = {
        { "csv", 0, 0, G_OPTION_ARG_NONE, &csv, "As CSV, for a spreadsheet", NULL },
        { "html", 0, 0, G_OPTION_ARG_FILENAME, &html, "Write a page to print (-: standard output)",
          "FILE" },
        { "taken", 0, 0, G_OPTION_ARG_NONE, &taken, "Also missions that somebody has taken over",
          NULL },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 0, 1, &result))
        return result;
    if (csv + (html != NULL) + s->json > 1)
        return command_misused(s, "only one of --csv, --html and --json");
    g_autofree char *plain =
        argc > 1 ? broadcast_path(s, argv[1], "/unreached") : g_strdup("/v1/unreached");
    if (!plain)
        return COMMAND_FAILED;
    g_autoptr(GString) path = g_string_new(plain);
    api_query(path, "taken", taken ? "true" : NULL);
    struct api_answer *answer = command_get_as(s, path->str,
                                               csv    ? "text/csv"
                                               : html ? "text/html"
                                                      : "application/json");
    if (!answer)
        return COMMAND_FAILED;
    bool fine = true;
    if (csv)
        fine = show_csv(answer);
    else if (html)
        fine = command_save(answer, html);
    else if (!command_json(s, answer))
        show(answer->json);
    api_answer_free(answer);
    return fine ? COMMAND_DONE : COMMAND_FAILED;
}

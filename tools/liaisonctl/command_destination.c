/* liaisonctl destinations: what is down, since when, and how much waits for it. */
#include "command.h"
#include "field.h"
#include "out.h"
#include "table.h"

static void show(const json_t *answer)
{
    static const struct table_column columns[] = {
        { "DOWN", TABLE_TEXT, 0 },      { "SINCE (UTC)", TABLE_TEXT, 0 },
        { "WAITING", TABLE_NUMBER, 0 }, { "LAST REPLY", TABLE_PROSE, 0.4 },
        { NULL, TABLE_TEXT, 0 },
    };
    struct table *t = table_new(columns);
    size_t i;
    json_t *row;

    json_array_foreach(field_array(answer, "down"), i, row)
    {
        char since[FIELD_ROOM];
        g_autofree char *waiting =
            g_strdup_printf("%" G_GINT64_FORMAT, (gint64)field_number(row, "waiting"));
        const char *cells[] = { field_text(row, "destination"),
                                field_when(field_text(row, "since"), since), waiting,
                                field_text(row, "reply") };
        table_add(t, cells);
    }
    table_print(t);
    if (table_count(t) == 0)
        out("no destination is down\n");
    table_free(t);
}

int destinations_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 0, 0, &result))
        return result;
    struct api_answer *answer = command_get(s, "/v1/destinations");
    if (!answer)
        return COMMAND_FAILED;
    if (!command_json(s, answer))
        show(answer->json);
    api_answer_free(answer);
    return COMMAND_DONE;
}

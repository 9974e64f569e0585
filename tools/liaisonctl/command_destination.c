/* liaisonctl destinations: what is down, since when, and how much waits for it. */
#include "command.h"
#include "field.h"
#include "out.h"
#include "table.h"

static void add(struct table *t, const json_t *row)
{
    char since[FIELD_ROOM];
    g_autofree char *waiting =
        g_strdup_printf("%" G_GINT64_FORMAT, (gint64)field_number(row, "waiting"));
    const char *cells[] = { field_text(row, "destination"),
                            field_when(field_text(row, "since"), since), waiting,
                            field_text(row, "reply") };
    table_add(t, cells);
}

static void show(const json_t *answer)
{
    static const struct table_column columns[] = {
        { "DOWN", TABLE_TEXT, 0 },      { "SINCE (UTC)", TABLE_TEXT, 0 },
        { "WAITING", TABLE_NUMBER, 0 }, { "LAST REPLY", TABLE_PROSE, 0.4 },
        { NULL, TABLE_TEXT, 0 },
    };
    field_table(columns, field_array(answer, "down"), add, "no destination is down");
}

int destinations_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 0, 0, &result))
        return result;
    return command_show(s, command_get(s, "/v1/destinations"), show);
}

#include "record_show.h"

#include <string.h>

#include "field.h"
#include "out.h"
#include "table.h"

struct record_show {
    struct table *table; /* NULL: JSON */
};

static const struct table_column wide[] = {
    { "SEQ", TABLE_NUMBER, 7 },   { "TIME (UTC)", TABLE_TEXT, 19 }, { "EVENT", TABLE_CUT, 21 },
    { "ABOUT", TABLE_CUT, 0.12 }, { "ENDPOINT", TABLE_CUT, 0.25 },  { "TRY", TABLE_NUMBER, 3 },
    { "MS", TABLE_NUMBER, 6 },    { "REPLY", TABLE_CUT, 0.25 },     { NULL, TABLE_TEXT, 0 },
};

struct record_show *record_show_new(bool as_json)
{
    struct record_show *s = g_new0(struct record_show, 1);

    if (!as_json)
        s->table = table_new(wide);
    return s;
}

void record_show_free(struct record_show *s)
{
    if (!s)
        return;
    table_free(s->table);
    g_free(s);
}

static char *number_cell(const json_t *record, const char *name)
{
    return json_object_get(record, name) ? field_cell(record, name) : g_strdup("");
}

static void add_json(const json_t *record, const char *raw)
{
    char *dumped = raw ? NULL : json_dumps(record, JSON_COMPACT | JSON_ENSURE_ASCII);
    const char *line = raw ? raw : dumped;

    out_json(line, strlen(line));
    free(dumped);
}

/* Whom or what a record is about: the recipient, else the missions, else the broadcast. */
static const char *about(const json_t *record)
{
    static const char *const names[] = { "recipient", "missions", "broadcast" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (*field_text(record, names[i]))
            return field_text(record, names[i]);
    return "";
}

void record_show_add(struct record_show *s, const json_t *record, const char *raw)
{
    char when[FIELD_ROOM];

    if (!s->table) {
        add_json(record, raw);
        return;
    }
    g_autofree char *seq = number_cell(record, "seq");
    g_autofree char *attempt = number_cell(record, "attempt");
    g_autofree char *duration = number_cell(record, "duration_ms");
    const char *cells[] = { seq,
                            field_when(field_text(record, "time"), when),
                            field_text(record, "event"),
                            about(record),
                            field_text(record, "endpoint"),
                            attempt,
                            duration,
                            field_text(record, "reply") };
    table_add(s->table, cells);
}

bool record_show_flush(struct record_show *s)
{
    if (s->table)
        table_print_on(s->table);
    return out_flush();
}

#include "record_show.h"

#include <string.h>

#include "field.h"
#include "out.h"
#include "table.h"

#define WIDE_FROM 112u /* columns of a terminal */

struct record_show {
    struct table *table; /* NULL: JSON */
    bool narrow;
};

/* REPLY, the last, takes what a terminal has left. */
static const struct table_column wide[] = {
    { "SEQ", TABLE_NUMBER, 7 }, { "TIME (UTC)", TABLE_TEXT, 19 }, { "EVENT", TABLE_CUT, 22 },
    { "ABOUT", TABLE_CUT, 14 }, { "ENDPOINT", TABLE_CUT, 24 },    { "TRY", TABLE_NUMBER, 3 },
    { "MS", TABLE_NUMBER, 5 },  { "REPLY", TABLE_CUT, 0 },        { NULL, TABLE_TEXT, 0 },
};
static const struct table_column narrow[] = {
    { "UTC", TABLE_TEXT, 8 },      { "EVENT", TABLE_CUT, 12 }, { "ABOUT", TABLE_CUT, 14 },
    { "ENDPOINT", TABLE_CUT, 18 }, { "TRY", TABLE_NUMBER, 3 }, { "REPLY", TABLE_CUT, 0 },
    { NULL, TABLE_TEXT, 0 },
};

static struct table *new_table(const struct table_column *columns)
{
    struct table_column fitted[G_N_ELEMENTS(wide)];
    double left = out_columns();
    size_t n = 0;

    for (; columns[n].name; n++) {
        fitted[n] = columns[n];
        left -= columns[n].width + (n > 0);
    }
    fitted[n] = columns[n];
    fitted[n - 1].width = MAX(left, 10);
    return table_new(fitted);
}

struct record_show *record_show_new(bool as_json)
{
    struct record_show *s = g_new0(struct record_show, 1);

    s->narrow = out_is_terminal() && out_columns() < WIDE_FROM;
    if (!as_json)
        s->table = new_table(s->narrow ? narrow : wide);
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
    char *dumped =
        raw ? NULL : json_dumps(record, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
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

static void add_wide(struct record_show *s, const json_t *record)
{
    char when[FIELD_ROOM];
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

/* The hour without the day, and "deferred" for "notification.deferred". */
static void add_narrow(struct record_show *s, const json_t *record)
{
    char room[FIELD_ROOM];
    g_autofree char *attempt = number_cell(record, "attempt");
    const char *when = field_when(field_text(record, "time"), room);
    const char *event = field_text(record, "event"), *hour = strchr(when, ' ');
    const char *cells[] = { hour ? hour + 1 : when,
                            g_str_has_prefix(event, "notification.") ? strchr(event, '.') + 1
                                                                     : event,
                            about(record),
                            field_text(record, "endpoint"),
                            attempt,
                            field_text(record, "reply") };

    table_add(s->table, cells);
}

void record_show_add(struct record_show *s, const json_t *record, const char *raw)
{
    if (!s->table) {
        add_json(record, raw);
        return;
    }
    if (s->narrow)
        add_narrow(s, record);
    else
        add_wide(s, record);
}

bool record_show_flush(struct record_show *s)
{
    if (s->table)
        table_print_on(s->table);
    return out_flush();
}

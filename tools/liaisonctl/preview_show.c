#include "preview_show.h"

#include <string.h>

#include "field.h"
#include "out.h"
#include "table.h"

#define GAPS_SHOWN 20

/* Hawaii 2018: live and test shared one prompt.  What is not live must look different. */
static const struct banner {
    const char *status, *letters, *sentence;
} banners[] = {
    { "exercise", "E X E R C I S E", "only those who opted in to exercises are reached" },
    { "test", "T E S T", "no mission is reached: it goes to the test recipient" },
    { "system", "S Y S T E M", "for machines, not for missions" },
    { "draft", "D R A F T", "not to be sent" },
};

static void show_banner(const char *status)
{
    for (size_t i = 0; i < G_N_ELEMENTS(banners); i++) {
        if (strcmp(banners[i].status, status) != 0)
            continue;
        out("################################################################\n\n");
        out_bold("     * * *   %s   * * *\n", banners[i].letters);
        out("     %s\n\n", banners[i].sentence);
        out("################################################################\n\n");
    }
}

void preview_show_broadcast(const json_t *broadcast)
{
    size_t i;
    json_t *message;
    char room[FIELD_ROOM];

    if (!json_is_object(broadcast))
        return;
    show_banner(field_text(broadcast, "status"));
    json_array_foreach(field_array(broadcast, "messages"), i, message)
    {
        out("%s: ", field_text(message, "language"));
        out_bold("%s\n", field_text(message, "headline"));
    }
    out("%s from %s: %s %s, %s, %s\n", field_text(broadcast, "identifier"),
        field_text(broadcast, "sender"), field_text(broadcast, "status"),
        field_text(broadcast, "type"), field_text(broadcast, "urgency"),
        field_text(broadcast, "severity"));
    if (*field_text(broadcast, "expires"))
        out("expires %s UTC\n", field_when(field_text(broadcast, "expires"), room));
    out("\n");
}

static char *representatives_of(const json_t *mission)
{
    GString *all = g_string_new(NULL);
    size_t i;
    json_t *r;

    json_array_foreach(field_array(mission, "representatives"), i, r)
    {
        g_string_append_printf(all, "%s%s (%s)", i ? ", " : "", field_text(r, "name"),
                               field_text(r, "language"));
    }
    return g_string_free(all, FALSE);
}

static void add_mission(struct table *t, const json_t *m)
{
    g_autofree char *people = representatives_of(m);
    const char *cells[] = { field_text(m, "mission"), field_text(m, "office"),
                            field_text(m, "duty"), people, field_text(m, "because") };
    table_add(t, cells);
}

void preview_show_missions(const json_t *preview)
{
    static const struct table_column columns[] = {
        { "MISSION", TABLE_TEXT, 0 },       { "OFFICE", TABLE_TEXT, 0 },
        { "DUTY", TABLE_TEXT, 0 },          { "REPRESENTATIVES", TABLE_PROSE, 0.3 },
        { "IN BECAUSE", TABLE_PROSE, 0.2 }, { NULL, TABLE_TEXT, 0 },
    };
    const json_t *rows = field_array(preview, "missions");

    field_table(columns, rows, add_mission, NULL);
    if (json_array_size(rows) > 0)
        out("\n");
}

static void add_office(struct table *t, const json_t *o)
{
    g_autofree char *missions = field_cell(o, "missions");
    const char *cells[] = { field_text(o, "office"), missions, field_text(o, "duty") };
    table_add(t, cells);
}

static void show_offices(const json_t *preview)
{
    static const struct table_column columns[] = {
        { "OFFICE", TABLE_TEXT, 0 },
        { "MISSIONS", TABLE_NUMBER, 0 },
        { "ON DUTY", TABLE_TEXT, 0 },
        { NULL, TABLE_TEXT, 0 },
    };
    const json_t *rows = field_array(preview, "offices");

    field_table(columns, rows, add_office, NULL);
    if (json_array_size(rows) > 0)
        out("\n");
}

static void show_languages(const json_t *preview)
{
    const char *language;
    json_t *count;
    const char *between = "languages: ";

    json_object_foreach(field_object(preview, "languages"), language, count)
    {
        out("%s%s %lld", between, language, (long long)json_integer_value(count));
        between = ", ";
    }
    if (*between == ',')
        out("\n");
}

static void show_gaps(const json_t *preview)
{
    size_t i, with_gaps = 0;
    json_t *m;

    json_array_foreach(field_array(preview, "missions"), i, m)
    {
        json_t *gaps = field_array(m, "gaps");
        if (json_array_size(gaps) == 0 || with_gaps++ >= GAPS_SHOWN)
            continue;
        g_autofree char *all = field_shown(gaps);
        out("gap: %s: %s\n", field_text(m, "mission"), all);
    }
    if (with_gaps > GAPS_SHOWN)
        out("… and %d missions with gaps more\n", (int)(with_gaps - GAPS_SHOWN));
}

static gsize count_representatives(const json_t *preview)
{
    gsize n = 0;
    size_t i;
    json_t *m;

    json_array_foreach(field_array(preview, "missions"), i, m)
    {
        n += json_array_size(field_array(m, "representatives"));
    }
    return n;
}

void preview_show_summary(const json_t *preview)
{
    g_autofree char *missions =
        field_count((gint64)json_array_size(field_array(preview, "missions")), "mission");
    g_autofree char *people = field_count((gint64)count_representatives(preview), "representative");
    g_autofree char *notifications =
        field_count(field_number(preview, "notifications"), "notification");
    size_t i;
    json_t *warning;
    char room[FIELD_ROOM];

    show_offices(preview);
    show_gaps(preview);
    json_array_foreach(field_array(preview, "warnings"), i, warning)
    {
        g_autofree char *text = field_shown(warning);
        out_bold("warning: ");
        out("%s\n", text);
    }
    show_languages(preview);
    if (field_number(preview, "left_out") > 0) {
        g_autofree char *others = field_count(field_number(preview, "left_out"), "representative");
        out("left out: %s who did not opt in\n", others);
    }
    if (field_array(preview, "released")) {
        g_autofree char *gone =
            field_count((gint64)json_array_size(field_array(preview, "released")), "mission");
        out("no longer affected: %s; spoken to: %lld in all\n", gone,
            (long long)field_number(preview, "told"));
    }
    if (*field_text(preview, "held_until"))
        out_bold("held until it is effective: it would go out at %s UTC, not at once\n",
                 field_when(field_text(preview, "held_until"), room));
    out_bold("%s, %s, %s", missions, people, notifications);
    out(" at %s UTC\n", field_when(field_text(preview, "as_of"), room));
}

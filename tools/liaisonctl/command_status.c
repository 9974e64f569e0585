/* liaisonctl status and retry: the broadcasts, one of them, and a push to what waits. */
#include "broadcast_id.h"
#include "command.h"
#include "field.h"
#include "out.h"
#include "table.h"

#define LIST_DEFAULT 20
#define LIST_MAX 10000
#define PAGE_MAX 100

static const struct table_column list_columns[] = {
    { "ID", TABLE_TEXT, 0 },         { "RECEIVED (UTC)", TABLE_TEXT, 0 },
    { "STATUS", TABLE_TEXT, 0 },     { "TYPE", TABLE_TEXT, 0 },
    { "URGENCY", TABLE_TEXT, 0 },    { "STATE", TABLE_TEXT, 0 },
    { "MISSIONS", TABLE_NUMBER, 0 }, { "NOTIFICATIONS", TABLE_NUMBER, 0 },
    { "HEADLINE", TABLE_CUT, 0.15 }, { NULL, TABLE_TEXT, 0 },
};

static void add_summary(struct table *t, const json_t *b)
{
    char room[FIELD_ROOM];
    g_autofree char *missions = field_cell(b, "missions");
    g_autofree char *notifications = field_cell(b, "notifications");
    const char *cells[] = {
        field_text(b, "id"),
        field_when(field_text(b, "received"), room),
        field_text(b, "status"),
        field_text(b, "type"),
        field_text(b, "urgency"),
        field_text(b, "state"),
        missions,
        notifications,
        field_text(b, "headline"),
    };

    table_add(t, cells);
}

static char *page_path(int limit, const char *cursor)
{
    GString *path = g_string_new("/v1/broadcasts");
    g_autofree char *number = g_strdup_printf("%d", limit);

    api_query(path, "limit", number);
    api_query(path, "cursor", cursor);
    return g_string_free(path, FALSE);
}

/* The newest broadcasts, limit of them, as one array; NULL: complained. */
static json_t *gather(struct session *s, int limit)
{
    json_t *all = json_array();
    g_autofree char *cursor = NULL;

    while ((int)json_array_size(all) < limit) {
        int want = MIN(PAGE_MAX, limit - (int)json_array_size(all));
        g_autofree char *path = page_path(want, cursor);
        struct api_answer *answer = command_get(s, path);
        if (!answer) {
            json_decref(all);
            return NULL;
        }
        json_array_extend(all, field_array(answer->json, "broadcasts"));
        g_free(cursor);
        cursor = g_strdup(field_text(answer->json, "next"));
        api_answer_free(answer);
        if (!*cursor)
            break;
    }
    return all;
}

static int list(struct session *s, int limit)
{
    json_t *all = gather(s, limit);

    if (!all)
        return COMMAND_FAILED;
    if (s->json)
        command_own_json(json_pack("{s:O}", "broadcasts", all));
    else
        field_table(list_columns, all, add_summary, "no broadcasts yet");
    json_decref(all);
    return COMMAND_DONE;
}

static void show_counts(const char *title, const json_t *counts)
{
    const char *state, *between = " ";
    json_t *n;

    out("%-15s", title);
    json_object_foreach((json_t *)counts, state, n)
    {
        if (json_integer_value(n) == 0)
            continue;
        out("%s%lld %s", between, (long long)json_integer_value(n), state);
        between = ", ";
    }
    out("%s\n", *between == ' ' ? " none" : "");
}

static void show_progress(const json_t *b)
{
    const json_t *p = field_object(b, "progress");
    char first[FIELD_ROOM], last[FIELD_ROOM], span[FIELD_ROOM];

    show_counts("notifications", field_object(p, "notifications"));
    show_counts("obligations", field_object(p, "obligations"));
    out("%-15s %lld\n", "attempts", (long long)field_number(p, "attempts"));
    if (!*field_text(p, "first_accepted"))
        return;
    out("%-15s %s to %s UTC, the last %s after it came in\n", "accepted",
        field_when(field_text(p, "first_accepted"), first),
        field_when(field_text(p, "last_accepted"), last),
        field_span(field_number(p, "elapsed_ms"), span));
}

/* Who has said that they know. */
static void show_coverage(const json_t *b)
{
    const json_t *c = field_object(b, "coverage");

    if (!c)
        return;
    out("%-15s %lld of %lld missions have acknowledged", "coverage",
        (long long)field_number(c, "covered"), (long long)field_number(c, "affected"));
    if (field_number(c, "taken") > 0)
        out(", %lld taken over", (long long)field_number(c, "taken"));
    if (field_number(c, "waiting") > 0)
        out(", %lld waiting (liaisonctl unreached lists them)",
            (long long)field_number(c, "waiting"));
    out("\n");
}

static void show_messages(const json_t *b)
{
    size_t i;
    json_t *m;

    json_array_foreach(field_array(b, "broadcast.messages"), i, m)
    {
        out("\n%s: ", field_text(m, "language"));
        out_bold("%s\n", field_text(m, "headline"));
        out_text(field_text(m, "description"), 4);
        out_text(field_text(m, "instruction"), 4);
    }
}

static void show_one(const json_t *b)
{
    static const char *const fields[] = { "identifier", "sender",         "status", "type",
                                          "urgency",    "severity",       "state",  "author",
                                          "missions",   "representatives" };
    char received[FIELD_ROOM], deadline[FIELD_ROOM];

    out_bold("%s\n", field_text(b, "headline"));
    out("%-15s %s\n", "id", field_text(b, "id"));
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_autofree char *value = field_shown(json_object_get(b, fields[i]));
        out("%-15s %s\n", fields[i], value);
    }
    out("%-15s %s UTC\n", "received", field_when(field_text(b, "received"), received));
    if (*field_text(b, "held_until"))
        out("%-15s %s UTC, nothing is sent before\n", "held until",
            field_when(field_text(b, "held_until"), deadline));
    out("%-15s %s UTC\n", "deadline", field_when(field_text(b, "deadline"), deadline));
    show_progress(b);
    show_coverage(b);
    show_messages(b);
}

static int detail(struct session *s, const char *id)
{
    g_autofree char *path = broadcast_path(s, id, "");
    struct api_answer *answer = path ? command_get(s, path) : NULL;

    if (!answer)
        return COMMAND_FAILED;
    if (!command_json(s, answer))
        show_one(answer->json);
    api_answer_free(answer);
    return COMMAND_DONE;
}

int status_run(struct session *s, int argc, char **argv)
{
    int limit = LIST_DEFAULT, result = COMMAND_FAILED;
    const GOptionEntry options[] = {
        { "number", 'n', 0, G_OPTION_ARG_INT, &limit, "How many, the newest first (20)", "N" },
        G_OPTION_ENTRY_NULL,
    };

    if (!command_options(s, options, &argc, &argv, 0, 1, &result))
        return result;
    if (limit < 1 || limit > LIST_MAX)
        return command_misused(s, "-n: a number from 1 to 10000");
    return argc > 1 ? detail(s, argv[1]) : list(s, limit);
}

int retry_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 1, 1, &result))
        return result;
    g_autofree char *path = broadcast_path(s, argv[1], "/retry");
    if (!path)
        return COMMAND_FAILED;
    struct api_answer *answer =
        command_ask(s, &(struct api_request){ .method = "POST", .path = path });
    if (!answer)
        return COMMAND_FAILED;
    if (!command_json(s, answer)) {
        g_autofree char *n =
            field_count(field_number(answer->json, "retried"), "deferred notification");
        char room[FIELD_ROOM];
        if (*field_text(answer->json, "held_until"))
            out("nothing is sent before %s UTC, when it is effective; %s due then\n",
                field_when(field_text(answer->json, "held_until"), room), n);
        else
            out("%s due now\n", n);
    }
    api_answer_free(answer);
    return COMMAND_DONE;
}

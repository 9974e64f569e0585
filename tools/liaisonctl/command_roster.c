/* liaisonctl roster import and export: the roster as two CSV files. */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "command.h"
#include "field.h"
#include "input.h"
#include "out.h"
#include "prompt.h"
#include "wire/csv_rows.h"

#define CSV_MAX (128u * 1024 * 1024)
#define LIST_SHOWN 20
#define NAME_MAX_BYTES 200

static const char *const file_names[] = { "missions.csv", "representatives.csv" };
static const char *const member_names[] = { "missions", "representatives" };

static void pass_over(void *ctx, size_t line, const struct csv_cell *cells, size_t n)
{
    (void)ctx, (void)line, (void)cells, (void)n;
}

/* JSON carries UTF-8 only, so that the daemon cannot be asked where it ends. */
static bool is_utf8(const char *file, const GString *text)
{
    struct csv_fault fault;

    if (g_utf8_validate_len(text->str, text->len, NULL))
        return true;
    if (!csv_rows_read(text->str, text->len, pass_over, NULL, &fault))
        complain("%s:%zu:%zu: %s", file, fault.line, fault.column, fault.why);
    return false;
}

/* {"name":…,"text":…}; NULL: complained. */
static json_t *read_csv(const char *file)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = input_read(file, CSV_MAX, &error);

    if (!text) {
        complain("%s", error->message);
        return NULL;
    }
    if (!is_utf8(file, text))
        return NULL;
    /* The name comes back in complaints: as it was typed, or its last part where that is too long.
     */
    g_autofree char *name = strlen(file) > NAME_MAX_BYTES ? g_filename_display_basename(file)
                                                          : g_filename_display_name(file);
    return json_pack("{s:s, s:s%}", "name", name, "text", text->str, (size_t)text->len);
}

static json_t *read_both(char *const files[2])
{
    json_t *both = json_object();

    for (size_t i = 0; i < 2; i++) {
        json_t *csv = read_csv(files[i]);
        if (!csv) {
            json_decref(both);
            return NULL;
        }
        json_object_set_new(both, member_names[i], csv);
    }
    return both;
}

static void show_ids(const char *what, const json_t *ids)
{
    size_t n = json_array_size(ids);

    if (n == 0)
        return;
    out("%s %d: ", what, (int)n);
    for (size_t i = 0; i < MIN(n, LIST_SHOWN); i++) {
        g_autofree char *id = field_shown(json_array_get(ids, i));
        out("%s%s", i ? ", " : "", id);
    }
    out("%s\n", n > LIST_SHOWN ? ", …" : "");
}

static void show_warnings(const json_t *answer)
{
    size_t i;
    json_t *w;

    json_array_foreach(field_array(answer, "warnings"), i, w)
    {
        const char *place = field_text(w, "place");
        g_autofree char *text = field_shown(json_is_object(w) ? json_object_get(w, "detail") : w);
        out("warning: %s%s%s\n", place, *place ? ": " : "", text);
    }
}

static void show_change(const json_t *answer, bool dry_run)
{
    show_warnings(answer);
    show_ids("added", field_array(answer, "added"));
    show_ids("changed", field_array(answer, "changed"));
    show_ids("removed", field_array(answer, "removed"));
    show_ids("now below two valid representatives", field_array(answer, "below_two"));
    if (json_array_size(field_array(answer, "added")) == 0 &&
        json_array_size(field_array(answer, "changed")) == 0 &&
        json_array_size(field_array(answer, "removed")) == 0)
        out("nothing changes\n");
    out_bold("%lld missions, %lld representatives\n", (long long)field_number(answer, "missions"),
             (long long)field_number(answer, "representatives"));
    if (dry_run && field_number(answer, "removals_to_allow") > 0)
        out("to do this, --allow-removals %lld must be given\n",
            (long long)field_number(answer, "removals_to_allow"));
    if (dry_run)
        out("nothing was stored (--dry-run)\n");
}

/* A person at a terminal types how many missions go, where the daemon wants to hear it. */
static bool confirmed(struct session *s, json_t *body, gint64 *allow)
{
    struct api_answer *answer =
        command_ask_json(s, "POST", "/v1/roster?dry_run=true", json_incref(body));
    guint64 typed = 0;

    if (!answer)
        return false;
    *allow = (gint64)field_number(answer->json, "removals_to_allow");
    if (*allow > 0) {
        show_change(answer->json, false);
        g_autofree char *line = prompt_line(
            false, "To do this, type the number of missions to remove (anything else stops):");
        if (!line || !g_ascii_string_to_unsigned(line, 10, 1, G_MAXINT64, &typed, NULL) ||
            (gint64)typed != *allow) {
            complain("that is not the number of missions to remove: the roster was not changed");
            *allow = -1;
        }
    }
    api_answer_free(answer);
    return *allow >= 0;
}

static int send_change(struct session *s, const char *method, const char *path,
                       json_t *body /* taken */, bool dry_run)
{
    struct api_answer *answer = command_ask_json(s, method, path, body);
    if (!answer)
        return COMMAND_FAILED;
    if (!command_json(s, answer))
        show_change(answer->json, dry_run);
    api_answer_free(answer);
    return COMMAND_DONE;
}

static int import_both(struct session *s, json_t *both /* taken */, gint64 allow, bool dry_run)
{
    g_autoptr(GString) path = g_string_new("/v1/roster");
    g_autofree char *number = allow > 0 ? g_strdup_printf("%" G_GINT64_FORMAT, allow) : NULL;

    api_query(path, "dry_run", dry_run ? "true" : NULL);
    api_query(path, "allow_removals", number);
    return send_change(s, "POST", path->str, both, dry_run);
}

int roster_import_run(struct session *s, int argc, char **argv)
{
    gboolean dry_run = FALSE;
    gint64 allow = -1;
    const GOptionEntry options[] = {
        { "dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, "Check and compare, store nothing", NULL },
        { "allow-removals", 0, 0, G_OPTION_ARG_INT64, &allow,
          "Remove so many missions, though they are more than a tenth", "N" },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 1, 2, &result))
        return result;
    g_autofree char *missions =
        argc == 3 ? g_strdup(argv[1]) : g_build_filename(argv[1], file_names[0], NULL);
    g_autofree char *representatives =
        argc == 3 ? g_strdup(argv[2]) : g_build_filename(argv[1], file_names[1], NULL);
    json_t *both = read_both((char *const[]){ missions, representatives });
    if (!both)
        return COMMAND_FAILED;
    bool ask = allow < 0 && !dry_run && !s->json && prompt_possible(false);
    if (ask && !confirmed(s, both, &allow)) {
        json_decref(both);
        return COMMAND_FAILED;
    }
    return import_both(s, both, allow, dry_run);
}

static bool export_one(struct session *s, const char *dir, const char *name)
{
    g_autofree char *path = g_strconcat("/v1/roster/", name, NULL);
    g_autofree char *file = g_build_filename(dir, name, NULL);
    struct api_answer *answer = command_get(s, path);

    if (!answer)
        return false;
    bool fine = command_save(answer, file);
    api_answer_free(answer);
    if (fine && !s->json)
        out("%s\n", file);
    return fine;
}

int roster_export_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 1, 1, &result))
        return result;
    if (g_mkdir_with_parents(argv[1], 0750) != 0) {
        complain("make %s: %s", argv[1], g_strerror(errno));
        return COMMAND_FAILED;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(file_names); i++)
        if (!export_one(s, argv[1], file_names[i]))
            return COMMAND_FAILED;
    if (s->json) {
        g_autofree char *dir = g_filename_display_name(argv[1]);
        command_own_json(
            json_pack("{s:s, s:[s, s]}", "dir", dir, "files", file_names[0], file_names[1]));
    }
    return COMMAND_DONE;
}

/* MISSION or MISSION/RANK, FIELD=VALUE -> the body of a PATCH; NULL: complained. */
static json_t *patch_of(const struct session *s, const char *target, const char *assignment)
{
    const char *slash = strchr(target, '/'), *equals = strchr(assignment, '=');

    if (!equals || equals == assignment) {
        command_misused(s, "the second argument must be FIELD=VALUE");
        return NULL;
    }
    if (!g_utf8_validate(assignment, -1, NULL)) {
        command_misused(s, "the value is not UTF-8");
        return NULL;
    }
    if (slash && (!slash[1] || strspn(slash + 1, "0123456789") != strlen(slash + 1))) {
        command_misused(s, "the rank after the / must be a number");
        return NULL;
    }
    g_autofree char *field = g_strndup(assignment, (gsize)(equals - assignment));
    if (slash)
        return json_pack("{s:{s:{s:s}}}", "representatives", slash + 1, field, equals + 1);
    return json_pack("{s:s}", field, equals + 1);
}

int roster_set_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 2, 2, &result))
        return result;
    json_t *patch = patch_of(s, argv[1], argv[2]);
    if (!patch)
        return COMMAND_USAGE;
    g_autofree char *mission = g_strndup(argv[1], strcspn(argv[1], "/"));
    g_autofree char *path = api_path("/v1/roster/missions/", mission, "");
    return send_change(s, "PATCH", path, patch, false);
}

#include "image.h"

#include "base/digest.h"
#include <glib.h>
#include <stdbool.h>
#include <string.h>

static sqlite3 *open_image(const char *path, char **why)
{
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &db, flags, NULL) == SQLITE_OK &&
        sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL) == SQLITE_OK)
        return db;
    *why = g_strdup_printf("it does not open: %s", sqlite3_errmsg(db));
    sqlite3_close(db);
    return NULL;
}

static void append_value(GString *out, sqlite3_stmt *st, int column)
{
    int n = sqlite3_column_bytes(st, column);
    if (sqlite3_column_type(st, column) != SQLITE_BLOB) {
        const char *text = (const char *)sqlite3_column_text(st, column);
        g_string_append_printf(out, "|%s", text ? text : "NULL");
        return;
    }
    g_autofree char *hex = digest_hex(sqlite3_column_blob(st, column), (size_t)n);
    g_string_append_printf(out, "|x%s", hex);
}

/* Each row as a line that begins with the given word. */
static bool append_rows(sqlite3 *db, const char *sql, const char *word, GString *out, char **why)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        g_string_append(out, word);
        for (int i = 0; i < sqlite3_column_count(st); i++)
            append_value(out, st, i);
        g_string_append_c(out, '\n');
        rc = SQLITE_OK;
    }
    sqlite3_finalize(st);
    if (rc != SQLITE_DONE)
        *why = g_strdup_printf("%s: %s", sql, sqlite3_errmsg(db));
    return rc == SQLITE_DONE;
}

static bool append_tables(sqlite3 *db, GString *out, char **why)
{
    g_autoptr(GString) names = g_string_new(NULL);
    if (!append_rows(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name", "",
                     names, why))
        return false;
    g_auto(GStrv) tables = g_strsplit(names->str, "\n", -1);
    bool ok = true;
    for (char **t = tables; ok && *t && **t; t++) {
        g_autofree char *sql = g_strdup_printf("SELECT * FROM %s", *t + 1);
        ok = append_rows(db, sql, *t + 1, out, why);
    }
    return ok;
}

static bool check(sqlite3 *db, char **why)
{
    g_autoptr(GString) said = g_string_new(NULL);
    if (!append_rows(db, "PRAGMA integrity_check", "", said, why))
        return false;
    if (g_str_equal(said->str, "|ok\n"))
        return true;
    *why = g_strdup_printf("integrity check: %s", said->str);
    return false;
}

char *image_of_connection(sqlite3 *db, char **why)
{
    GString *out = g_string_new(NULL);
    bool ok =
        append_rows(db, "PRAGMA user_version", "version", out, why) &&
        append_rows(db, "SELECT name, sql FROM sqlite_schema ORDER BY name", "schema", out, why) &&
        append_tables(db, out, why);
    return g_string_free(out, !ok);
}

char *image_text(const char *path, char **why)
{
    sqlite3 *db = open_image(path, why);
    if (!db)
        return NULL;
    char *text = check(db, why) ? image_of_connection(db, why) : NULL;
    sqlite3_close(db);
    return text;
}

char *image_digest(const char *path, char **why)
{
    g_autofree char *text = image_text(path, why);
    return text ? digest_sha256_hex(text, strlen(text)) : NULL;
}

char *image_difference(const char *before, const char *after)
{
    g_auto(GStrv) a = g_strsplit(before, "\n", -1);
    g_auto(GStrv) b = g_strsplit(after, "\n", -1);
    for (char **line = a; *line; line++)
        if (!g_strv_contains((const char *const *)b, *line))
            return g_strdup_printf("- %s", *line);
    for (char **line = b; *line; line++)
        if (!g_strv_contains((const char *const *)a, *line))
            return g_strdup_printf("+ %s", *line);
    return g_strdup("none");
}

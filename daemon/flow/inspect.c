#include "flow/inspect.h"

#include "store/store_file.h"
#include "store/store_sqlite.h"
#include "wire/delivery_record.h"

static void tell_contents(GString *out, const struct store_report *r)
{
    if (*r->copy_made)
        g_string_append_printf(out, "a backup made at %s\n", r->copy_made);
    if (r->schema < r->schema_known)
        g_string_append_printf(
            out,
            "schema version %d: an older liaisond wrote it; this one brings it to "
            "version %d when it starts, and only then can look at its journal\n",
            r->schema, r->schema_known);
    else
        g_string_append_printf(out,
                               "missions %" G_GINT64_FORMAT "\nbroadcasts %" G_GINT64_FORMAT
                               "\nnotifications %" G_GINT64_FORMAT
                               ", of which wait to be sent %" G_GINT64_FORMAT
                               "\njournal records %" G_GINT64_FORMAT ", the last %s\n",
                               r->missions, r->broadcasts, r->notifications, r->waiting, r->records,
                               r->records ? r->last_hash : "none");
}

char *inspect_store(const char *path, bool *good)
{
    g_autofree char *file = g_file_test(path, G_FILE_TEST_IS_DIR)
                                ? g_build_filename(path, STORE_SQLITE_FILE, NULL)
                                : g_strdup(path);
    g_autoptr(GError) error = NULL;
    GString *out = g_string_new(NULL);
    struct store_report r = { 0 };
    bool read = store_file_check(file, delivery_record_holds, NULL, &r, &error);
    *good = read && r.faults->len == 0;
    if (read)
        tell_contents(out, &r);
    else
        g_string_append_printf(out, "%s\n", error->message);
    for (guint i = 0; r.faults && i < r.faults->len; i++)
        g_string_append_printf(out, "fault: %s\n", (const char *)r.faults->pdata[i]);
    g_string_append_printf(out, "%s: %s\n", file, *good ? "good" : "NOT good: do not start on it");
    store_report_clear(&r);
    return g_string_free(out, FALSE);
}

#include "sqlite_ops.h"
#include "sqlite_schema.h"
#include "store/store_file.h"

#define FAULTS_MAX 20
#define PAGE 1000         /* records at once */
#define LOOK_EVERY 100000 /* steps of SQLite's machine between two looks at stop */

struct check {
    struct sqlite *q;
    struct store_report *out;
    bool (*holds)(const struct record *r);
    const int *stop;
};

static struct sqlite *open_file(const char *path, GError **error)
{
    struct sqlite *q = sqlite_new(path);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    g_autoptr(GError) fault = NULL;
    int64_t application = 0;
    bool ok =
        sqlite3_open_v2(path, &q->db, flags, NULL) == SQLITE_OK || sqlite_fail(q, "open", &fault);
    /* Exclusive before anything is read: the index of a WAL then lives in memory, not in a file. */
    ok = ok &&
         sqlite_exec(q, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF", &fault) &&
         sqlite_ask_number(q, "PRAGMA application_id", &application, &fault);
    if (ok && application == SQLITE_APPLICATION_ID)
        return q;
    if (ok)
        sqlite_refuse(error, "%s is not a database of liaisond", path);
    else if ((fault->code & 0xff) == SQLITE_BUSY)
        sqlite_refuse(error, "a liaisond uses %s: stop it first, or take a backup", path);
    else
        g_propagate_error(error, g_steal_pointer(&fault));
    sqlite_close(&q->base);
    return NULL;
}

bool store_file_mark(const char *path, const char *made, GError **error)
{
    struct sqlite *q = open_file(path, error);
    bool ok = q &&
              sqlite_exec(q, "PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF", error) &&
              sqlite_begin(&q->base, error) &&
              sqlite_meta_set(&q->base, STORE_FILE_COPY_MARK, made, error) &&
              sqlite_commit(&q->base, error);
    if (q)
        sqlite_close(&q->base);
    return ok;
}

static bool stopped(const struct check *c)
{
    return c->stop && g_atomic_int_get(c->stop);
}

static int look_up(void *check)
{
    return stopped(check);
}

static void find(struct check *c, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void find(struct check *c, const char *format, ...)
{
    va_list args;
    if (c->out->faults->len >= FAULTS_MAX)
        return;
    va_start(args, format);
    g_ptr_array_add(c->out->faults, g_strdup_vprintf(format, args));
    va_end(args);
}

static bool check_pages(struct check *c, GError **error)
{
    g_autoptr(GPtrArray) said = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(c->q, "PRAGMA integrity_check(20)", error);
    if (!sqlite_each(c->q, st, sqlite_read_name, said, error))
        return false;
    for (guint i = 0; i < said->len; i++)
        if (!g_str_equal(said->pdata[i], "ok"))
            find(c, "%s", (const char *)said->pdata[i]);
    g_autoptr(GPtrArray) orphans = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(sqlite3_stmt) keys = sqlite_prepare(
        c->q, "SELECT \"table\" || ' ' || rowid FROM pragma_foreign_key_check LIMIT 20", error);
    if (!sqlite_each(c->q, keys, sqlite_read_name, orphans, error))
        return false;
    for (guint i = 0; i < orphans->len; i++)
        find(c, "row %s refers to what is not there", (const char *)orphans->pdata[i]);
    return true;
}

/* Is the record what the chain up to prev says that it is? */
static void check_record(struct check *c, const struct record *r, const char *prev)
{
    if (strcmp(r->prev, prev) != 0)
        find(c, "journal record %" G_GINT64_FORMAT " does not follow from the one before it",
             r->seq);
    else if (!c->holds(r))
        find(c, "journal record %" G_GINT64_FORMAT " was changed: its hash does not fit", r->seq);
}

static bool check_chain(struct check *c, GError **error)
{
    struct store_report *out = c->out;
    for (guint n = PAGE; n == PAGE && !stopped(c);) {
        g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
        if (!sqlite_journal_read(&c->q->base, NULL, out->records, PAGE, page, error))
            return false;
        n = page->len;
        for (guint i = 0; i < n; i++) {
            const struct record *r = page->pdata[i];
            if (r->seq != out->records + 1)
                find(c, "the journal has no record %" G_GINT64_FORMAT, out->records + 1);
            check_record(c, r, out->last_hash);
            out->records = r->seq;
            memcpy(out->last_hash, r->hash, sizeof out->last_hash);
        }
    }
    return true;
}

static bool count(struct check *c, GError **error)
{
    struct store_report *out = c->out;
    g_free(out->copy_made);
    out->copy_made = NULL;
    return sqlite_meta_get(&c->q->base, STORE_FILE_COPY_MARK, &out->copy_made, error) &&
           sqlite_ask_number(c->q, "SELECT count(*) FROM mission", &out->missions, error) &&
           sqlite_ask_number(c->q, "SELECT count(*) FROM broadcast", &out->broadcasts, error) &&
           sqlite_ask_number(c->q, "SELECT count(*) FROM notification", &out->notifications,
                             error) &&
           sqlite_ask_number(c->q, "SELECT count(*) FROM notification WHERE state IN (0, 1, 2)",
                             &out->waiting, error);
}

/* What was written by another version is looked at as a database only: its columns are others. */
static bool check_all(struct check *c, GError **error)
{
    int64_t version = 0;
    if (!sqlite_exec(c->q, "PRAGMA query_only = ON", error) ||
        !sqlite_ask_number(c->q, "PRAGMA user_version", &version, error) || !check_pages(c, error))
        return false;
    c->out->schema = (int)version;
    if (version > (int64_t)sqlite_schema_count)
        find(c, "its schema is version %d, newer than this liaisond knows", (int)version);
    if (version != (int64_t)sqlite_schema_count)
        return true;
    return count(c, error) && (!c->holds || check_chain(c, error));
}

bool store_file_check(const char *path, bool (*holds)(const struct record *r), const int *stop,
                      struct store_report *out, GError **error)
{
    *out = (struct store_report){ .schema_known = (int)sqlite_schema_count,
                                  .copy_made = g_strdup(""),
                                  .faults = g_ptr_array_new_with_free_func(g_free) };
    struct check c = { .q = open_file(path, error), .out = out, .holds = holds, .stop = stop };
    if (!c.q)
        return false;
    sqlite3_db_config(c.q->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_progress_handler(c.q->db, LOOK_EVERY, look_up, &c);
    bool ok = check_all(&c, error);
    sqlite_close(&c.q->base);
    if (!out->copy_made)
        out->copy_made = g_strdup("");
    if (ok && stopped(&c))
        return sqlite_refuse(error, "check %s: given up", path);
    return ok;
}

void store_report_clear(struct store_report *r)
{
    g_clear_pointer(&r->copy_made, g_free);
    g_clear_pointer(&r->faults, g_ptr_array_unref);
}

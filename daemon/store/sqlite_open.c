#include "sqlite_ops.h"
#include "sqlite_rows.h"
#include "sqlite_schema.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#define CACHE_KIB 16384

/* What was made is found again after a loss of power. */
static bool sync_folder_of(const char *path, GError **error)
{
    g_autofree char *dir = g_path_get_dirname(path);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && !fsync(fd);
    if (!ok)
        sqlite_refuse(error, "sync the folder %s: %s", dir, g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

static bool make_folder(const char *dir, GError **error)
{
    if (mkdir(dir, 0700))
        return errno == EEXIST || sqlite_refuse(error, "create %s: %s", dir, g_strerror(errno));
    return sync_folder_of(dir, error);
}

/* SQLite would create it readable by everybody.  An existing file is not opened here: closing any
 * descriptor of it would drop the locks that another connection of this process holds. */
bool sqlite_make_file(const char *path, GError **error)
{
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST)
        return sqlite_refuse(error, "create %s: %s", path, g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return sync_folder_of(path, error); /* if it was there, too: we may have died before the sync */
}

bool sqlite_ask_number(struct sqlite *q, const char *sql, int64_t *out, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, sql, error);
    bool row = false;
    if (!sqlite_step(q, st, &row, error))
        return false;
    *out = row ? sqlite3_column_int64(st, 0) : 0;
    return true;
}

/* The exclusive lock is asked for before WAL mode is: it is then taken at once, kept until close,
 * and the index of the WAL lives in our memory instead of a file that others could map. */
static bool set_pragmas(struct sqlite *q, GError **error)
{
    g_autofree char *sizes =
        g_strdup_printf("PRAGMA cache_size = -%d; PRAGMA journal_size_limit = %" G_GINT64_FORMAT,
                        CACHE_KIB, MAX(q->checkpoint_bytes, 1 << 20));
    return sqlite_exec(q,
                       "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
                       "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                       "PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY;"
                       "PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON",
                       error) &&
           sqlite_exec(q, sizes, error) &&
           sqlite_ask_number(q, "PRAGMA page_size", &q->page_bytes, error);
}

static bool check_owner(struct sqlite *q, int64_t *version, GError **error)
{
    int64_t application = 0, objects = 0;
    if (!sqlite_ask_number(q, "PRAGMA application_id", &application, error) ||
        !sqlite_ask_number(q, "PRAGMA user_version", version, error) ||
        !sqlite_ask_number(q, "SELECT count(*) FROM sqlite_schema", &objects, error))
        return false;
    if (application != SQLITE_APPLICATION_ID && (application || *version || objects))
        return sqlite_refuse(error, "open %s: this is not a database of liaisond", q->path);
    if (*version > (int64_t)sqlite_schema_count)
        return sqlite_refuse(
            error,
            "open %s: its schema is version %d, this liaisond knows versions up to "
            "%d; run the newer liaisond, or restore a backup",
            q->path, (int)*version, (int)sqlite_schema_count);
    return true;
}

static bool migrate(struct sqlite *q, GError **error)
{
    int64_t version = 0;
    if (!check_owner(q, &version, error))
        return false;
    for (size_t i = (size_t)version; i < sqlite_schema_count; i++) {
        if (!sqlite_exec(q, sqlite_schema_steps[i], error))
            return false;
    }
    g_autofree char *stamp = g_strdup_printf("PRAGMA application_id = %d; PRAGMA user_version = %d",
                                             SQLITE_APPLICATION_ID, (int)sqlite_schema_count);
    return version == (int64_t)sqlite_schema_count || sqlite_exec(q, stamp, error);
}

/* Looks are included in the transaction, so that the lock is ours from the first look on. */
static bool prepare_database(struct sqlite *q, GError **error)
{
    if (!set_pragmas(q, error) || !sqlite_rows_begin(q, error) ||
        !sqlite_prepare_transactions(q, error) || !sqlite_begin(&q->base, error))
        return false;
    if (migrate(q, error))
        return sqlite_commit(&q->base, error);
    sqlite_rollback(&q->base);
    return false;
}

/* It would count the memory it takes under a lock; nobody asks for the count.  What is set after
 * its start has no effect, so the first store that is opened sets it for all. */
static void count_no_memory(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static bool open_database(struct sqlite *q, GError **error)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (sqlite3_open_v2(q->path, &q->db, flags, NULL) != SQLITE_OK)
        return sqlite_fail(q, "open", error);
    g_autoptr(GError) fault = NULL;
    bool ok = prepare_database(q, &fault);
    if (ok)
        sqlite3_wal_hook(q->db, sqlite_count_wal, q);
    else if ((fault->code & 0xff) == SQLITE_BUSY)
        sqlite_refuse(error, "another liaisond uses %s", q->path);
    else
        g_propagate_prefixed_error(error, g_steal_pointer(&fault), "open the store: ");
    return ok;
}

static void finalize(gpointer st)
{
    sqlite3_finalize(st);
}

struct sqlite *sqlite_new(const char *path)
{
    struct sqlite *q = g_new0(struct sqlite, 1);
    q->base.ops = &store_sqlite;
    q->path = g_strdup(path);
    q->statements = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, finalize);
    q->lanes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return q;
}

struct store *sqlite_open(const struct store_options *o, GError **error)
{
    static pthread_once_t configured = PTHREAD_ONCE_INIT;
    pthread_once(&configured, count_no_memory);
    g_autofree char *path = g_build_filename(o->dir, STORE_SQLITE_FILE, NULL);
    struct sqlite *q = sqlite_new(path);
    q->checkpoint_bytes = o->checkpoint_bytes;
    q->seal = o->seal;
    if (make_folder(o->dir, error) && sqlite_make_file(q->path, error) && open_database(q, error))
        return &q->base;
    sqlite_close(&q->base);
    return NULL;
}

void sqlite_close(struct store *s)
{
    struct sqlite *q = sqlite_of(s);
    if (!q)
        return;
    sqlite_copy_end(s);
    sqlite_drop_spared(q);
    g_hash_table_unref(q->statements);
    g_hash_table_unref(q->lanes);
    sqlite3_close(q->db); /* checkpoints and removes the WAL */
    g_free(q->path);
    g_free(q);
}

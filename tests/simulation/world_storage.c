#include "world_storage.h"

#include "folder.h"
#include "store/store_sqlite.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct world_storage {
    enum storage_kind kind;
    uint32_t seed;
    struct memory_disk *disk; /* owned */
    struct store *store;      /* open; one that is kept stays so */
    sqlite3 *db;              /* its connection */
    GPtrArray *emptying;      /* sqlite3_stmt *; of one that is kept */
    unsigned break_in, break_times;
    bool crashed, spared, broken;
    struct memory_faults put_by; /* while it is spared */
};

static struct world_storage *entered; /* of the next open */
static GPtrArray *stores; /* struct world_storage *, borrowed: those with an open store */
static GPtrArray *idle;   /* likewise: kept, and nobody's */
static struct memory_disk *migrated;
static char *dir;

static void remove_dir(void)
{
    folder_remove(dir);
}

const char *world_storage_dir(void)
{
    if (!dir) {
        dir = g_dir_make_tmp("liaisond-world-XXXXXX", NULL);
        g_assert_nonnull(dir);
        atexit(remove_dir);
    }
    return dir;
}

/* --- the connection --- */

/* A ROLLBACK of everything cannot fail: the transaction is over either way. */
static int count_statement(unsigned what, void *ctx, void *statement, void *text)
{
    struct world_storage *g = ctx;
    (void)what;
    (void)statement;
    if (g->spared || strcmp(text, "ROLLBACK") == 0 || g->break_in == 0 || --g->break_in > 0)
        return 0;
    sqlite3_interrupt(g->db);
    g->broken = true;
    g->break_in = --g->break_times > 0;
    return 0;
}

/* SQLite calls this for every connection that it opens. */
static int connected(sqlite3 *db, char **error, const struct sqlite3_api_routines *api)
{
    (void)error;
    (void)api;
    if (entered)
        entered->db = db;
    return SQLITE_OK;
}

static struct store *open_on(struct world_storage *g, const struct store_options *o, GError **error)
{
    memory_disk_use(g->disk);
    struct store *s = store_sqlite.open(o, error);
    memory_disk_use(NULL);
    return s;
}

static struct store *storage_open(const struct store_options *o, GError **error)
{
    struct world_storage *g = entered;
    if (!g->store)
        g->store = open_on(g, o, error);
    entered = NULL;
    if (g->store)
        g_ptr_array_add(stores, g);
    return g->store;
}

static struct world_storage *storage_of(const struct store *s)
{
    for (guint i = 0; i < stores->len; i++) {
        struct world_storage *g = g_ptr_array_index(stores, i);
        if (g->store == s)
            return g;
    }
    g_assert_not_reached();
}

static void storage_close(struct store *s)
{
    struct world_storage *g = storage_of(s);
    g_ptr_array_remove(stores, g);
    world_storage_break(g, 0, 0);
    if (g->kind == STORAGE_KEPT) {
        s->ops->rollback(s); /* and what it remembers of the database is forgotten */
        return;
    }
    s->ops->close(s);
    g->store = NULL;
    g->db = NULL;
    *memory_disk_faults(g->disk) = (struct memory_faults){ 0 };
    if (g->crashed)
        memory_disk_cut(g->disk, &(struct memory_cut){ .seed = ++g->seed | 1 });
    g->crashed = false;
}

const struct store_ops *world_storage_enter(struct world_storage *g)
{
    static const struct store_ops ops = { .name = "world",
                                          .open = storage_open,
                                          .close = storage_close };
    entered = g;
    return &ops;
}

/* --- empty ones --- */

static struct memory_disk *make_migrated(void)
{
    struct world_storage g = { .disk = memory_disk_new() };
    GError *error = NULL;
    struct store *s = open_on(&g, &(struct store_options){ .dir = world_storage_dir() }, &error);
    if (!s)
        g_error("%s", error->message);
    s->ops->close(s);
    return g.disk;
}

static void finalize(gpointer st)
{
    sqlite3_finalize(st);
}

static void run_to_end(sqlite3_stmt *st)
{
    g_assert_cmpint(sqlite3_step(st), ==, SQLITE_DONE);
    sqlite3_reset(st);
}

static sqlite3_stmt *prepared(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK)
        g_error("%s: %s", sql, sqlite3_errmsg(db));
    return st;
}

/* What refers to a table was made after it, and is emptied before it. */
static void prepare_emptying(struct world_storage *g)
{
    g->emptying = g_ptr_array_new_with_free_func(finalize);
    g_ptr_array_add(g->emptying, prepared(g->db, "BEGIN IMMEDIATE"));
    sqlite3_stmt *tables = prepared(g->db, "SELECT name FROM sqlite_schema WHERE type = 'table' "
                                           "ORDER BY rowid DESC");
    while (sqlite3_step(tables) == SQLITE_ROW) {
        g_autofree char *sql =
            g_strdup_printf("DELETE FROM \"%s\"", (const char *)sqlite3_column_text(tables, 0));
        g_ptr_array_add(g->emptying, prepared(g->db, sql));
    }
    sqlite3_finalize(tables);
    g_ptr_array_add(g->emptying, prepared(g->db, "COMMIT"));
}

static void empty(struct world_storage *g)
{
    if (!g->emptying)
        prepare_emptying(g);
    for (guint i = 0; i < g->emptying->len; i++)
        run_to_end(g_ptr_array_index(g->emptying, i));
    g->store->ops->rollback(g->store);
}

static void prepare(void)
{
    if (migrated)
        return;
    sqlite3_auto_extension((void (*)(void))connected);
    stores = g_ptr_array_new();
    idle = g_ptr_array_new();
    migrated = make_migrated();
}

struct world_storage *world_storage_take(enum storage_kind kind, uint32_t seed)
{
    prepare();
    if (kind == STORAGE_KEPT && idle->len > 0) {
        struct world_storage *g = g_ptr_array_steal_index(idle, idle->len - 1);
        empty(g);
        return g;
    }
    struct world_storage *g = g_new0(struct world_storage, 1);
    g->kind = kind;
    g->seed = seed;
    g->disk = memory_disk_clone(migrated);
    return g;
}

void world_storage_give(struct world_storage *g)
{
    if (g->kind == STORAGE_KEPT) {
        g_ptr_array_add(idle, g);
        return;
    }
    memory_disk_free(g->disk);
    g_free(g);
}

/* --- trouble --- */

void world_storage_crash(struct world_storage *g)
{
    g->crashed = true;
    if (g->kind == STORAGE_DISK)
        memory_disk_crash(g->disk);
}

void world_storage_break(struct world_storage *g, unsigned n, unsigned times)
{
    g->break_in = n;
    g->break_times = times;
    g->broken = g->broken && n == 0;
    sqlite3_trace_v2(g->db, n ? SQLITE_TRACE_STMT : 0, n ? count_statement : NULL, g);
}

bool world_storage_broken(const struct world_storage *g)
{
    return g->broken;
}

void world_storage_spare(struct world_storage *g, bool spare)
{
    struct memory_faults *f = memory_disk_faults(g->disk);
    g->spared = spare;
    if (spare)
        g->put_by = *f;
    *f = spare ? (struct memory_faults){ 0 } : g->put_by;
}

struct memory_faults *world_storage_faults(struct world_storage *g)
{
    return g->kind == STORAGE_DISK ? memory_disk_faults(g->disk) : NULL;
}

/*
 * Promise 1 under a loss of power: what the store reported as committed is there whole, what it did
 * not is there whole or not at all.
 *
 * The life of a store (store_steps.h) is recorded below it.  From the recording the disk is rebuilt
 * as it was after every change, and cut there: everything written is left, or a torn write, or a
 * random part of what was not synced.  Each image is opened by the store, its journal is followed
 * link by link, and after the close every row is compared.
 *
 * LIAISOND_IMAGES: how many to look at, 0 for all that there are.  LIAISOND_IMAGE: one by its
 * number, as a failure names it.
 */
#include "disk_fixture.h"
#include "image.h"
#include "store_steps.h"

#include "sqlite_schema.h"
#include "wire/delivery_record.h"
#include <stdio.h>
#include <stdlib.h>

#define IMAGES 1500          /* in a normal run */
#define MIGRATION_IMAGES 100 /* from each version */
#define DICE 3               /* random cuts after each change */
#define SMALL_WAL 65536      /* so that there are many checkpoints */

struct power {
    struct on_disk disk; /* first: records the life */
    struct memory_disk *copy;
    struct store_options options;
    char *path;
    GArray *marks;      /* unsigned: changes recorded when a state was reported as committed */
    GPtrArray *digests; /* of the state committed then */
    unsigned long number, looked_at, stride, only;
};

static int setup(void **state)
{
    on_disk_setup(state);
    struct power *p = g_new0(struct power, 1);
    p->disk = *(struct on_disk *)*state;
    g_free(*state);
    *state = p;
    p->options = fixture_options(&p->disk.f);
    p->options.checkpoint_bytes = SMALL_WAL;
    p->options.seal = delivery_record_seal;
    p->path = g_build_filename(p->disk.f.dir, "liaisond.db", NULL);
    p->marks = g_array_new(false, false, sizeof(unsigned));
    p->digests = g_ptr_array_new_with_free_func(g_free);
    const char *only = g_getenv("LIAISOND_IMAGE");
    p->only = only ? strtoul(only, NULL, 10) : 0;
    return 0;
}

static int teardown(void **state)
{
    struct power *p = *state;
    g_free(p->path);
    g_array_unref(p->marks);
    g_ptr_array_unref(p->digests);
    return on_disk_teardown(state);
}

static void open_store(struct power *p)
{
    OK((p->disk.f.s = p->disk.f.ops->open(&p->options, &error)) != NULL);
}

/* --- looking at an image --- */

static char *follow_journal(struct store *s)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    g_autoptr(GError) error = NULL;
    if (!s->ops->journal_read(s, NULL, 0, UINT_MAX, all, &error))
        return g_strdup(error->message);
    const char *prev = "";
    for (guint i = 0; i < all->len; i++) {
        struct record *r = all->pdata[i];
        char hash[sizeof r->hash];
        memcpy(hash, r->hash, sizeof hash);
        if (r->seq != i + 1 || !g_str_equal(r->prev, prev))
            return g_strdup_printf("the journal is broken at record %u", i + 1);
        delivery_record_seal(r, prev);
        if (!g_str_equal(r->hash, hash))
            return g_strdup_printf("record %u of the journal was changed", i + 1);
        prev = r->hash;
    }
    return NULL;
}

/* By the store, which migrates what is old, then from outside; NULL: *why. */
static char *digest_of(struct power *p, struct memory_disk *d, char **why)
{
    g_autoptr(GError) error = NULL;
    memory_disk_use(d);
    struct store *s = p->disk.f.ops->open(&p->options, &error);
    if (!s) {
        *why = g_strdup(error->message);
        return NULL;
    }
    *why = follow_journal(s);
    p->disk.f.ops->close(s);
    return *why ? NULL : image_digest(p->path, why);
}

static void mark(struct power *p)
{
    unsigned at = memory_disk_recorded(p->disk.disk);
    char *why = NULL;
    struct memory_disk *d = memory_disk_clone(p->disk.disk);
    memory_disk_cut(d, &(struct memory_cut){ .keep = UINT_MAX });
    char *digest = digest_of(p, d, &why);
    if (!digest)
        fail_msg("after %u changes: %s", at, why);
    memory_disk_use(p->disk.disk);
    memory_disk_free(d);
    g_array_append_val(p->marks, at);
    g_ptr_array_add(p->digests, digest);
}

/* The states that may be found when the power goes after that many changes: the last one that was
 * reported, and the one that was being written. */
static bool may_be(const struct power *p, unsigned changes, const char *digest)
{
    guint last = 0;
    for (guint i = 0; i < p->marks->len; i++)
        if (g_array_index(p->marks, unsigned, i) <= changes)
            last = i;
    for (guint i = last; i <= last + 1 && i < p->digests->len; i++)
        if (g_str_equal(p->digests->pdata[i], digest))
            return true;
    return false;
}

static void look(struct power *p, unsigned changes, const struct memory_cut *c)
{
    unsigned long number = ++p->number;
    if (p->only ? number != p->only : number % p->stride)
        return;
    char *why = NULL;
    struct memory_disk *d = memory_disk_clone(p->copy);
    memory_disk_cut(d, c);
    g_autofree char *digest = digest_of(p, d, &why);
    if (digest && !may_be(p, changes, digest))
        why = g_strdup("something committed is not there, or something is there in part");
    if (why) {
        g_autofree char *last = memory_disk_describe(p->disk.disk, changes - 1);
        fail_msg("image %lu (after %u changes, the last \"%s\"; keep %u torn %u seed %u): %s",
                 number, changes, last, c->keep, c->torn, c->seed, why);
    }
    p->looked_at++;
    memory_disk_use(p->disk.disk);
    memory_disk_free(d);
}

/* --- the cuts --- */

static void cut_after(struct power *p, unsigned changes)
{
    unsigned unsynced = memory_disk_unsynced(p->copy);
    look(p, changes, &(struct memory_cut){ .keep = UINT_MAX });
    if (!unsynced)
        return;
    for (unsigned torn = 512; torn < 4096; torn += 512)
        look(p, changes, &(struct memory_cut){ .keep = unsynced - 1, .torn = torn });
    for (unsigned k = 0; k < DICE; k++)
        look(p, changes,
             &(struct memory_cut){ .seed = 1 + changes * DICE + k, .sector = k % 2 ? 4096 : 512 });
}

static void walk(struct power *p, const struct memory_disk *before, unsigned long stride)
{
    p->number = p->looked_at = 0;
    p->stride = stride;
    p->copy = memory_disk_clone(before);
    for (unsigned i = 0; i < memory_disk_recorded(p->disk.disk); i++) {
        memory_disk_replay(p->copy, p->disk.disk, i);
        cut_after(p, i + 1);
    }
    memory_disk_free(p->copy);
}

/* A walk that looks at nothing counts the images. */
static void try_all(struct power *p, const struct memory_disk *before, unsigned long images)
{
    const char *wish = g_getenv("LIAISOND_IMAGES");
    if (wish)
        images = strtoul(wish, NULL, 10);
    walk(p, before, ULONG_MAX);
    walk(p, before, images ? (p->number + images - 1) / images : 1);
    print_message("%lu of %lu images of %u changes and %u commits\n", p->looked_at, p->number,
                  memory_disk_recorded(p->disk.disk), p->marks->len);
    assert_true(p->looked_at > 0);
}

/* --- what is recorded --- */

/* All of the database is written anew, outside of a transaction; what is in it stays. */
static void rewrite(struct power *p)
{
    bool done = false;
    mark(p);
    OK(p->disk.f.ops->erase_rest(p->disk.f.s, INT64_MAX, &done, &error));
    assert_true(done);
}

/* The store is closed in the midst of it and opened again, and once its process dies. */
static void live(struct power *p)
{
    for (size_t i = 0; i < store_steps_count; i++) {
        OK(store_step_run(&store_steps[i], p->disk.f.s, &error));
        if (i == store_steps_count / 3) {
            on_disk_close(&p->disk);
            open_store(p);
        } else if (i == store_steps_count / 2) {
            on_disk_cut(&p->disk, &(struct memory_cut){ .keep = UINT_MAX });
            open_store(p);
        } else if (i == store_steps_count * 2 / 3) {
            rewrite(p);
        }
        mark(p);
    }
    on_disk_close(&p->disk);
    mark(p);
}

static void the_power_goes_at_any_moment_of_a_life(void **state)
{
    struct power *p = *state;
    struct memory_disk *before = memory_disk_clone(p->disk.disk);
    memory_disk_record(p->disk.disk);
    mark(p);
    open_store(p);
    mark(p);
    live(p);
    try_all(p, before, IMAGES);
    memory_disk_free(before);
}

/* --- migration --- */

/* One row in every table but the journal, in which it would be no link of the chain: numbers are 1,
 * texts are "x". */
static void fill(sqlite3 *db)
{
    char *why = NULL;
    sqlite3_stmt *st = NULL;
    static const char insert[] =
        "SELECT 'INSERT INTO ' || s.name || ' VALUES (' || group_concat(CASE i.type WHEN 'TEXT'"
        " THEN '''x''' WHEN 'BLOB' THEN 'x''00''' ELSE '1' END) || ')' FROM sqlite_schema s,"
        " pragma_table_info(s.name) i WHERE s.type = 'table' AND s.name NOT IN ('journal', "
        "'sqlite_sequence')"
        " GROUP BY s.name";
    assert_int_equal(sqlite3_prepare_v2(db, insert, -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW)
        if (sqlite3_exec(db, (const char *)sqlite3_column_text(st, 0), NULL, NULL, &why))
            fail_msg("%s: %s", sqlite3_column_text(st, 0), why);
    sqlite3_finalize(st);
}

/* As a daemon of an earlier schema left it; what is recorded begins behind it. */
static void make_old(struct power *p, size_t version)
{
    sqlite3 *db = NULL;
    g_autofree char *stamp = g_strdup_printf("PRAGMA application_id = %d; PRAGMA user_version = %d",
                                             SQLITE_APPLICATION_ID, (int)version);
    assert_int_equal(sqlite3_open(p->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    for (size_t i = 0; i < version; i++)
        assert_int_equal(sqlite3_exec(db, sqlite_schema_steps[i], NULL, NULL, NULL), SQLITE_OK);
    fill(db);
    assert_int_equal(sqlite3_exec(db, stamp, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    memory_disk_cut(p->disk.disk, &(struct memory_cut){ .keep = UINT_MAX });
}

static void migrate(struct power *p, size_t version)
{
    memory_disk_free(p->disk.disk);
    p->disk.disk = memory_disk_new();
    memory_disk_use(p->disk.disk);
    g_array_set_size(p->marks, 0);
    g_ptr_array_set_size(p->digests, 0);
    make_old(p, version);
    struct memory_disk *before = memory_disk_clone(p->disk.disk);
    memory_disk_record(p->disk.disk);
    mark(p);
    open_store(p);
    on_disk_close(&p->disk);
    mark(p);
    assert_string_equal(p->digests->pdata[0], p->digests->pdata[1]);
    try_all(p, before, MIGRATION_IMAGES);
    memory_disk_free(before);
}

static void the_power_goes_during_a_migration(void **state)
{
    for (size_t version = 1; version < sqlite_schema_count; version++) {
        print_message("from version %d: ", (int)version);
        migrate(*state, version);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_power_goes_at_any_moment_of_a_life),
        TEST(the_power_goes_during_a_migration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "store_fixture.h"
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void assert_open_fails(const struct fixture *f, const char *part)
{
    const struct store_options o = fixture_options(f);
    g_autoptr(GError) error = NULL;
    assert_null(f->ops->open(&o, &error));
    assert_non_null(error);
    if (!strstr(error->message, part))
        fail_msg("\"%s\" does not say \"%s\"", error->message, part);
}

/* Changes a closed store behind its back. */
static void tamper(const struct fixture *f, const char *sql)
{
    g_autofree char *path = g_build_filename(f->dir, "liaisond.db", NULL);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void only_its_owner_can_read_a_new_store(void **state)
{
    struct fixture *f = *state;
    g_autofree char *path = g_build_filename(f->dir, "liaisond.db", NULL);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(f->dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

static void a_second_daemon_is_told_of_the_first(void **state)
{
    struct fixture *f = *state;
    g_autofree char *sentence = g_strdup_printf("another liaisond uses %s/liaisond.db", f->dir);
    assert_open_fails(f, sentence);
    fixture_begin(f);
    OK(f->ops->meta_set(f->s, "node", "a", &error));
    fixture_commit(f);
}

static void a_store_that_is_not_ours_is_left_alone(void **state)
{
    static const struct {
        const char *name, *sql, *part;
    } rows[] = {
        { "a newer schema", "PRAGMA user_version = 99", "its schema is version 99" },
        { "another application", "PRAGMA application_id = 7", "not a database of liaisond" },
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        fixture_open(f);
        f->ops->close(g_steal_pointer(&f->s));
        tamper(f, rows[i].sql);
        assert_open_fails(f, rows[i].part);
        g_autofree char *path = g_build_filename(f->dir, "liaisond.db", NULL);
        assert_int_equal(g_remove(path), 0);
    }
}

static void a_folder_or_file_that_cannot_be_used_is_named(void **state)
{
    struct fixture *f = *state;
    g_autofree char *good = f->dir;
    f->dir = g_build_filename(good, "below", "nothing", NULL);
    assert_open_fails(f, "below/nothing: No such file or directory");
    g_free(f->dir);
    f->dir = g_steal_pointer(&good);
    g_autofree char *path = g_build_filename(f->dir, "liaisond.db", NULL);
    g_mkdir(f->dir, 0700);
    assert_true(
        g_file_set_contents(path, "This is no database at all, but it is long enough.", -1, NULL));
    assert_open_fails(f, "file is not a database");
}

static const struct line lines[] = { { "smtp", URGENCY_IMMEDIATE, 1, "1" },
                                     { "https://a:443", URGENCY_IMMEDIATE, 2, "1 2" },
                                     { "smtp", URGENCY_IMMEDIATE, 3, "2" } };

static void an_undone_lane_is_not_remembered(void **state)
{
    struct fixture *f = *state;
    struct plan *p = fixture_plan(&lines[1], 1);
    struct broadcast_row row = { .id = (char *)"x", .identifier = (char *)"X" };
    fixture_begin(f);
    OK(f->ops->savepoint(f->s, &error));
    OK(f->ops->broadcast_insert(f->s, &row, p, NULL, 0, &error));
    f->ops->savepoint_undo(f->s);
    fixture_commit(f);
    plan_free(p);
    fixture_broadcast(f, "A", lines, 1);
    fixture_broadcast(f, "B", &lines[1], 1);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    OK(f->ops->lanes(f->s, names, &error));
    assert_int_equal(names->len, 2);
    assert_string_equal(names->pdata[0], "smtp");
    assert_string_equal(names->pdata[1], "https://a:443");
}

/* Files of this process may not grow past max bytes: what a full disk does, without filling one. */
static void limit_files(rlim_t max)
{
    struct rlimit l;
    getrlimit(RLIMIT_FSIZE, &l);
    l.rlim_cur = max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
}

static void a_full_disk_fails_the_transaction_and_passes(void **state)
{
    struct fixture *f = *state;
    g_autofree char *big = g_strnfill(4 << 20, 'x');
    g_autoptr(GError) fault = NULL;
    fixture_begin(f);
    fixture_journal(f, "kept");
    fixture_commit(f);
    fixture_begin(f);
    fixture_journal(f, "lost");
    OK(f->ops->meta_set(f->s, "big", big, &error));
    signal(SIGXFSZ, SIG_IGN);
    limit_files(1 << 20);
    bool committed = f->ops->commit(f->s, &fault);
    limit_files(RLIM_INFINITY);
    assert_false(committed);
    assert_non_null(strstr(fault->message, f->dir));
    assert_int_equal(fixture_journal_last(f), 1);
    fixture_begin(f);
    fixture_journal(f, "after");
    fixture_commit(f);
    fixture_reopen(f);
    assert_int_equal(fixture_journal_last(f), 2);
    char *value = NULL;
    OK(f->ops->meta_get(f->s, "big", &value, &error));
    assert_null(value);
}

static void the_wal_stays_near_its_bound(void **state)
{
    struct fixture *f = *state;
    g_autofree char *text = g_strnfill(256 << 10, 'x');
    for (int i = 0; i < 40; i++) {
        g_autofree char *key = g_strdup_printf("key %d", i);
        fixture_begin(f);
        OK(f->ops->meta_set(f->s, key, text, &error));
        fixture_commit(f);
    }
    g_autofree char *wal = g_build_filename(f->dir, "liaisond.db-wal", NULL);
    struct stat st;
    assert_int_equal(stat(wal, &st), 0);
    assert_in_range(st.st_size, 1, 2 << 20); /* ten MiB were written, checkpoints are due at one */
}

#define CANNOT(call, part)                                                                         \
    do {                                                                                           \
        GError *error = NULL;                                                                      \
        assert_false(call);                                                                        \
        assert_non_null(error);                                                                    \
        assert_non_null(strstr(error->message, part));                                             \
        g_error_free(error);                                                                       \
    } while (0)

/* In whatever way a statement is bound and run. */
static void what_cannot_be_asked_is_an_error(void **state)
{
    static const char digest[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    struct fixture *f = *state;
    g_autoptr(GPtrArray) rows = g_ptr_array_new();
    struct idempotency_row *row;
    struct link_row link;
    int64_t next_ms;
    bool found;
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_WARNING); /* an error set twice is one */
    f->ops->close(g_steal_pointer(&f->s));
    tamper(f, "DROP TABLE gone; DROP TABLE idempotency; DROP INDEX notification_link;"
              " DROP INDEX broadcast_pending");
    fixture_open(f);
    fixture_begin(f);
    CANNOT(f->ops->gone_add(f->s, "https://a.example/", 1, &error), "no such table");
    CANNOT(f->ops->gone_list(f->s, rows, &error), "no such table");
    CANNOT(f->ops->idempotency_find(f->s, "a", "b", &row, &error), "no such table");
    CANNOT(f->ops->link_find(f->s, digest, 1, &link, &found, &error), "no such index");
    CANNOT(f->ops->broadcast_pending(f->s, 1, 1, rows, &next_ms, &error), "no such index");
    fixture_commit(f);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
#define CLOSED(f) cmocka_unit_test_setup_teardown(f, fixture_setup_closed, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(only_its_owner_can_read_a_new_store),
        T(a_second_daemon_is_told_of_the_first),
        CLOSED(a_store_that_is_not_ours_is_left_alone),
        CLOSED(a_folder_or_file_that_cannot_be_used_is_named),
        T(an_undone_lane_is_not_remembered),
        T(a_full_disk_fails_the_transaction_and_passes),
        T(the_wal_stays_near_its_bound),
        T(what_cannot_be_asked_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "disk_fixture.h"

#include "model/record.h"
#include <sys/stat.h>

static const struct memory_cut nothing_unsynced = { 0 };
static const struct memory_cut all_written = { .keep = UINT_MAX };

static bool append(struct on_disk *o, GError **error)
{
    struct record *r = record_new("test", 5);
    bool ok = o->f.ops->begin(o->f.s, error) && o->f.ops->journal_append(o->f.s, r, error) &&
              o->f.ops->commit(o->f.s, error);
    record_free(r);
    if (ok)
        o->f.ops->fold(o->f.s);
    else
        o->f.ops->rollback(o->f.s);
    return ok;
}

static void assert_appended(struct on_disk *o, int64_t want)
{
    assert_int_equal(fixture_journal_last(&o->f), want);
}

static void assert_fails(struct on_disk *o, const char *name, const char *want)
{
    g_autoptr(GError) error = NULL;
    if (append(o, &error))
        fail_msg("%s: did not fail", name);
    if (!strstr(error->message, want))
        fail_msg("%s: %s", name, error->message);
}

static void the_store_lives_on_it(void **state)
{
    struct on_disk *o = *state;
    struct stat st;
    g_autofree char *path = g_build_filename(o->f.dir, "liaisond.db", NULL);
    fixture_open(&o->f);
    OK(append(o, &error));
    fixture_reopen(&o->f);
    assert_appended(o, 1);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 0);
    assert_true(memory_disk_operations(o->disk, MEMORY_SYNC) > 0);
}

static void the_power_takes_what_was_not_synced(void **state)
{
    struct on_disk *o = *state;
    fixture_open(&o->f);
    OK(append(o, &error));
    assert_int_equal(memory_disk_unsynced(o->disk), 0);
    memory_disk_faults(o->disk)->fail_ops = 1u << MEMORY_SYNC;
    memory_disk_faults(o->disk)->fail_in = 1;
    assert_fails(o, "not synced", "liaisond.db: disk I/O error");
    on_disk_cut(o, &nothing_unsynced);
    fixture_open(&o->f);
    assert_appended(o, 1);
}

static void a_dead_process_loses_nothing_that_was_written(void **state)
{
    struct on_disk *o = *state;
    fixture_open(&o->f);
    OK(append(o, &error));
    memory_disk_faults(o->disk)->crash_in = 1; /* the first operation of the close */
    on_disk_cut(o, &all_written);
    fixture_open(&o->f);
    assert_appended(o, 1);
}

/* Opened, filled, crashed at every operation in turn: an append that was told to be durable is. */
static void no_crash_takes_what_was_committed(void **state)
{
    struct on_disk *o = *state;
    uint64_t at = 1;
    bool crashed = true;
    for (; crashed; at++) {
        struct memory_disk *fresh = memory_disk_new();
        memory_disk_free(o->disk);
        o->disk = fresh;
        memory_disk_use(fresh);
        memory_disk_faults(fresh)->crash_in = at;
        const struct store_options options = fixture_options(&o->f);
        int64_t appended = 0;
        if ((o->f.s = o->f.ops->open(&options, NULL)))
            while (appended < 3 && append(o, NULL))
                appended++;
        crashed = memory_disk_faults(fresh)->given > 0;
        on_disk_cut(o, &(struct memory_cut){ .seed = (unsigned)at });
        fixture_open(&o->f);
        int64_t last = fixture_journal_last(&o->f);
        if (last != appended && last != appended + 1)
            fail_msg("crash at %d: %d appended, %d there", (int)at, (int)appended, (int)last);
        on_disk_close(o);
    }
    assert_true(at > 100);
}

static void a_copy_goes_its_own_way(void **state)
{
    struct on_disk *o = *state;
    fixture_open(&o->f);
    OK(append(o, &error));
    on_disk_close(o);
    struct memory_disk *before = memory_disk_clone(o->disk);
    fixture_open(&o->f);
    OK(append(o, &error));
    on_disk_close(o);
    memory_disk_use(before);
    fixture_open(&o->f);
    assert_appended(o, 1);
    on_disk_close(o);
    memory_disk_free(o->disk);
    o->disk = before;
}

static const struct {
    const char *name;
    struct memory_faults faults;
    const char *want;
} failures[] = {
    { "a write fails", { .fail_in = 1, .fail_ops = 1u << MEMORY_WRITE }, "disk I/O error" },
    { "the disk is full", { .capacity = 1 }, "database or disk is full" },
    { "read only", { .read_only = true }, "disk I/O error" },
    { "a code of one's own",
      { .fail_in = 1, .fail_ops = 1u << MEMORY_SYNC, .fail_code = SQLITE_FULL },
      "database or disk is full" },
};

static void it_fails_as_it_is_told(void **state)
{
    struct on_disk *o = *state;
    fixture_open(&o->f);
    for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
        *memory_disk_faults(o->disk) = failures[i].faults;
        assert_fails(o, failures[i].name, failures[i].want);
        *memory_disk_faults(o->disk) = (struct memory_faults){ 0 };
        OK(append(o, &error));
        assert_appended(o, (int64_t)i + 1);
    }
}

static int slow(enum memory_op op, const char *path, void *ctx)
{
    assert_true(g_str_has_suffix(path, "liaisond.db") || g_str_has_suffix(path, "-wal") ||
                g_str_has_suffix(path, "-journal"));
    if (op == MEMORY_SYNC)
        *(int64_t *)ctx += 250;
    return SQLITE_OK;
}

static void a_slow_disk_tells_how_long(void **state)
{
    struct on_disk *o = *state;
    int64_t clock_ms = 0;
    fixture_open(&o->f);
    memory_disk_faults(o->disk)->before = slow;
    memory_disk_faults(o->disk)->ctx = &clock_ms;
    OK(append(o, &error));
    assert_true(clock_ms >= 250);
}

static void two_may_not_have_it(void **state)
{
    struct on_disk *o = *state;
    const struct store_options options = fixture_options(&o->f);
    g_autoptr(GError) error = NULL;
    fixture_open(&o->f);
    assert_null(o->f.ops->open(&options, &error));
    assert_true(g_str_has_prefix(error->message, "another liaisond uses "));
}

static void a_recording_makes_the_same_files(void **state)
{
    struct on_disk *o = *state;
    struct memory_disk *copy = memory_disk_clone(o->disk);
    memory_disk_record(o->disk);
    fixture_open(&o->f);
    OK(append(o, &error));
    OK(append(o, &error));
    for (unsigned i = 0; i < memory_disk_recorded(o->disk); i++)
        memory_disk_replay(copy, o->disk, i);
    assert_int_equal(memory_disk_unsynced(copy), 0);
    on_disk_close(o);
    memory_disk_free(o->disk);
    o->disk = copy;
    memory_disk_use(copy);
    on_disk_cut(o, &nothing_unsynced);
    fixture_open(&o->f);
    assert_appended(o, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, on_disk_setup, on_disk_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_store_lives_on_it),
        TEST(the_power_takes_what_was_not_synced),
        TEST(a_dead_process_loses_nothing_that_was_written),
        TEST(no_crash_takes_what_was_committed),
        TEST(a_copy_goes_its_own_way),
        TEST(it_fails_as_it_is_told),
        TEST(a_slow_disk_tells_how_long),
        TEST(two_may_not_have_it),
        TEST(a_recording_makes_the_same_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

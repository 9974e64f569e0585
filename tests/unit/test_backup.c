#include "store_fixture.h"

#include "base/mailbox.h"
#include "flow/backup.h"
#include "flow/delivery_log.h"
#include "store/store_file.h"
#include "wire/delivery_record.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct world {
    struct fixture *f;
    struct mailbox *completions;
    struct loop_watch *watch;
    struct service service;
    struct config config;
    struct clock_fake clock;
    struct asked *asked;
};

struct asked { /* what one backup came to */
    struct world *world;
    int told;
    enum backup_end end;
    char *why;
    struct backup_copy copy;
    bool stops; /* the loop, once told */
};

static int setup(void **state)
{
    fixture_setup_closed(state);
    struct world *w = g_new0(struct world, 1);
    w->f = *state;
    const struct store_options o = { .dir = w->f->dir,
                                     .checkpoint_bytes = 1 << 20,
                                     .seal = delivery_record_seal };
    w->clock = clock_fake_at(1795444200000);
    w->config = (struct config){ .node = (char *)"test" };
    w->config.store.dir = w->f->dir;
    w->config.delivery_log.file = (char *)"";
    w->service = (struct service){ .config = &w->config, .clock = &w->clock.clock };
    w->service.loop = loop_new(NULL);
    w->completions = mailbox_new(store_completion_drop);
    OK((w->service.store = store_thread_new(w->f->ops, &o, w->completions, &error)) != NULL);
    w->watch =
        loop_watch_mailbox(w->service.loop, w->completions, store_completion_run, NULL, NULL);
    w->service.log = delivery_log_new(&w->service);
    w->service.backup = backup_new(&w->service);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    struct fixture *f = w->f;
    g_clear_pointer(&w->service.backup, backup_free);
    while (store_thread_queued(w->service.store) || mailbox_length(w->completions))
        store_completion_run(mailbox_take(w->completions), NULL);
    store_thread_free(w->service.store);
    delivery_log_free(w->service.log);
    loop_unwatch(w->watch);
    loop_free(w->service.loop);
    mailbox_free(w->completions);
    g_autofree char *copy = g_build_filename(f->dir, "liaisond.db.copy", NULL);
    assert_false(g_file_test(copy, G_FILE_TEST_EXISTS));
    g_free(w);
    *state = f;
    return fixture_teardown(state);
}

static void told(const struct backup_copy *copy, enum backup_end end, const char *why, void *ctx)
{
    struct asked *a = ctx;
    a->told++;
    a->end = end;
    a->why = g_strdup(why);
    if (copy)
        a->copy = *copy;
    if (a->stops)
        loop_stop(a->world->service.loop);
}

static bool fill(struct store *s, void *arg, GError **error)
{
    (void)arg;
    bool ok = true;
    for (int i = 0; ok && i < 5000; i++) {
        struct record *r = record_new("test.filled", 5);
        ok = s->ops->journal_append(s, r, error);
        record_free(r);
    }
    return ok;
}

static void filled(void *arg, const GError *error)
{
    if (error)
        fail_msg("%s", error->message);
    loop_stop(arg);
}

static void fill_store(struct world *w)
{
    store_thread_submit(w->service.store, fill, filled, w->service.loop);
    loop_run(w->service.loop);
}

static void clear(struct asked *a)
{
    g_free(a->why);
    if (a->copy.fd > 0)
        close(a->copy.fd);
}

static void a_backup_is_a_whole_store_without_a_name(void **state)
{
    struct world *w = *state;
    struct asked a = { .world = w, .stops = true };
    fill_store(w);
    backup_make(w->service.backup, "unix:root", told, &a);
    assert_string_equal(backup_progress(w->service.backup).by, "unix:root");
    loop_run(w->service.loop);
    assert_int_equal(a.end, BACKUP_MADE);
    assert_int_equal(a.copy.records, 5000);
    assert_null(backup_progress(w->service.backup).by);
    struct stat st;
    assert_int_equal(fstat(a.copy.fd, &st), 0);
    assert_int_equal(st.st_nlink, 0);
    assert_int_equal(st.st_size, a.copy.bytes);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", a.copy.fd);
    g_autofree char *bytes = NULL;
    gsize len;
    assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    g_autofree char *sum = digest_sha256_hex(bytes, len);
    assert_string_equal(sum, a.copy.sha256);
    clear(&a);
}

static void there_is_one_at_a_time(void **state)
{
    struct world *w = *state;
    struct asked a = { .world = w, .stops = true }, b = { .world = w };
    backup_make(w->service.backup, "unix:root", told, &a);
    backup_make(w->service.backup, "token:1", told, &b);
    assert_int_equal(b.end, BACKUP_BUSY);
    assert_string_equal(b.why, "a backup is being made");
    loop_run(w->service.loop);
    assert_int_equal(a.end, BACKUP_MADE);
    clear(&a);
    clear(&b);
}

static void an_abandoned_one_makes_room_for_the_next(void **state)
{
    struct world *w = *state;
    struct asked a = { .world = w }, b = { .world = w, .stops = true };
    fill_store(w);
    backup_make(w->service.backup, "unix:root", told, &a);
    backup_abandon(w->service.backup, &a);
    while (backup_progress(w->service.backup).by)
        store_completion_run(mailbox_take(w->completions), NULL);
    assert_int_equal(a.told, 0);
    backup_make(w->service.backup, "unix:root", told, &b);
    loop_run(w->service.loop);
    assert_int_equal(b.end, BACKUP_MADE);
    clear(&b);
}

static void a_stop_in_the_middle_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct asked a = { .world = w };
    fill_store(w);
    backup_make(w->service.backup, "unix:root", told, &a);
    g_clear_pointer(&w->service.backup, backup_free);
    while (store_thread_queued(w->service.store) || mailbox_length(w->completions))
        store_completion_run(mailbox_take(w->completions), NULL);
    assert_int_equal(a.told, 0);
}

static bool forge(struct store *s, void *arg, GError **error)
{
    struct record *r = record_new("test.forged", 5);
    (void)arg;
    bool ok = s->ops->journal_append(s, r, error);
    record_free(r);
    return ok;
}

static void spoil(struct record *r, const char *prev_hash)
{
    delivery_record_seal(r, prev_hash);
    r->hash[0] = r->hash[0] == '0' ? '1' : '0';
}

/* The store is opened anew with a seal that is not the one that is checked against. */
static void a_damaged_store_is_not_given_out(void **state)
{
    struct world *w = *state;
    struct asked a = { .world = w, .stops = true };
    store_thread_free(w->service.store);
    const struct store_options o = { .dir = w->f->dir, .checkpoint_bytes = 1 << 20, .seal = spoil };
    OK((w->service.store = store_thread_new(w->f->ops, &o, w->completions, &error)) != NULL);
    store_thread_submit(w->service.store, forge, filled, w->service.loop);
    loop_run(w->service.loop);
    backup_make(w->service.backup, "unix:root", told, &a);
    loop_run(w->service.loop);
    assert_int_equal(a.end, BACKUP_DAMAGED);
    assert_non_null(strstr(a.why, "journal record 1 was changed"));
    clear(&a);
}

static void none_begins_while_the_daemon_stops(void **state)
{
    struct world *w = *state;
    struct asked a = { .world = w };
    w->service.stopping = true;
    backup_make(w->service.backup, "unix:root", told, &a);
    assert_int_equal(a.end, BACKUP_BUSY);
    clear(&a);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_backup_is_a_whole_store_without_a_name), T(there_is_one_at_a_time),
        T(an_abandoned_one_makes_room_for_the_next), T(a_stop_in_the_middle_leaves_nothing),
        T(a_damaged_store_is_not_given_out),         T(none_begins_while_the_daemon_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

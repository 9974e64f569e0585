#include "store_fixture.h"

#include "base/mailbox.h"
#include "store/store_file.h"
#include "store/store_thread.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define STEP 4 /* pages */

static bool holds(const struct record *r)
{
    struct record again = { .seq = r->seq, .event = r->event };
    fixture_seal(&again, r->prev);
    return strcmp(again.hash, r->hash) == 0;
}

static char *copy_path(const struct fixture *f)
{
    return g_build_filename(f->dir, "copy", NULL);
}

static void fill(struct fixture *f, int n)
{
    fixture_begin(f);
    for (int i = 0; i < n; i++)
        fixture_journal(f, "test.filled");
    fixture_commit(f);
}

static void begin_copy(struct fixture *f, const char *path, struct store_copy *at)
{
    OK(f->ops->copy_begin(f->s, path, 0, at, &error));
    assert_true(at->left > 2 * STEP);
}

static void finish_copy(struct fixture *f, struct store_copy *at)
{
    while (at->left > 0)
        OK(f->ops->copy_step(f->s, STEP, at, &error));
    f->ops->copy_end(f->s);
}

static struct store_report check(const char *path)
{
    struct store_report r;
    OK(store_file_check(path, holds, NULL, &r, &error));
    return r;
}

static void expect_faults(const char *path, const char *said)
{
    struct store_report r;
    g_autoptr(GError) error = NULL;
    bool read = store_file_check(path, holds, NULL, &r, &error);
    if (!said && r.faults->len)
        fail_msg("%s", (char *)r.faults->pdata[0]);
    bool found = !read && strstr(error->message, said);
    for (guint i = 0; said && i < r.faults->len; i++)
        found |= strstr(r.faults->pdata[i], said) != NULL;
    if (said && !found)
        fail_msg("\"%s\" was not said, but %s", said,
                 !read           ? error->message
                 : r.faults->len ? (char *)r.faults->pdata[0]
                                 : "that it is good");
    store_report_clear(&r);
}

static void drop(char *path)
{
    assert_int_equal(g_remove(path), 0);
    g_free(path);
}

static void a_copy_has_what_was_committed_between_its_steps(void **state)
{
    struct fixture *f = *state;
    struct store_copy at;
    char *path = copy_path(f);
    fill(f, 2000);
    begin_copy(f, path, &at);
    fill(f, 10);
    OK(f->ops->copy_step(f->s, STEP, &at, &error));
    fill(f, 2000); /* pages that have been copied change, and new ones come */
    int64_t no = fixture_broadcast(f, "B-1", (const struct line[]){ { "smtp", 0, 1, "1" } }, 1);
    assert_int_equal(no, 1);
    finish_copy(f, &at);
    fill(f, 1); /* too late */
    OK(store_file_mark(path, "2026-11-23T14:30:00Z seq 4010", &error));
    struct store_report r = check(path);
    assert_int_equal(r.faults->len, 0);
    assert_int_equal(r.records, 4010);
    assert_int_equal(r.broadcasts, 1);
    assert_int_equal(r.waiting, 1);
    assert_string_equal(r.copy_made, "2026-11-23T14:30:00Z seq 4010");
    store_report_clear(&r);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    g_autofree char *wal = g_strconcat(path, "-wal", NULL);
    assert_false(g_file_test(wal, G_FILE_TEST_EXISTS));
    drop(path);
}

static void what_was_rolled_back_is_not_in_the_copy(void **state)
{
    struct fixture *f = *state;
    struct store_copy at;
    char *path = copy_path(f);
    fill(f, 2000);
    begin_copy(f, path, &at);
    OK(f->ops->copy_step(f->s, STEP, &at, &error));
    fixture_begin(f);
    for (int i = 0; i < 500; i++)
        fixture_journal(f, "test.undone");
    f->ops->rollback(f->s);
    finish_copy(f, &at);
    struct store_report r = check(path);
    assert_int_equal(r.faults->len, 0);
    assert_int_equal(r.records, 2000);
    store_report_clear(&r);
    drop(path);
}

static void a_store_that_is_rewritten_meanwhile_is_copied_whole(void **state)
{
    struct fixture *f = *state;
    struct store_copy at;
    char *path = copy_path(f);
    bool done = false;
    fill(f, 5000);
    begin_copy(f, path, &at);
    for (int i = 0; i < 5; i++)
        OK(f->ops->copy_step(f->s, STEP, &at, &error));
    OK(f->ops->erase_rest(f->s, INT64_MAX, &done, &error));
    assert_true(done);
    fill(f, 5);
    finish_copy(f, &at);
    struct store_report r = check(path);
    assert_int_equal(r.faults->len, 0);
    assert_int_equal(r.records, 5005);
    store_report_clear(&r);
    drop(path);
}

static void a_copy_is_refused_where_the_disk_has_no_room(void **state)
{
    struct fixture *f = *state;
    struct store_copy at;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = copy_path(f);
    assert_false(f->ops->copy_begin(f->s, path, INT64_MAX / 2, &at, &error));
    assert_true(at.no_room);
    assert_non_null(strstr(error->message, "are to be left"));
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    f->ops->copy_end(f->s);
    fill(f, 1); /* the store itself is as it was */
}

/* The largest file this process may write is a disk that is full for the copy alone. */
static void a_disk_that_fills_up_ends_the_copy_and_nothing_else(void **state)
{
    struct fixture *f = *state;
    struct store_copy at;
    g_autoptr(GError) why = NULL;
    char *path = copy_path(f);
    struct rlimit was, low = { 0 };
    fill(f, 20000);
    OK(f->ops->copy_begin(f->s, path, 0, &at, &error));
    getrlimit(RLIMIT_FSIZE, &was);
    low = (struct rlimit){ (rlim_t)(at.pages / 2 * at.page_bytes), was.rlim_max };
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    bool ok = true;
    while (ok && at.left > 0)
        ok = f->ops->copy_step(f->s, 64, &at, &why);
    setrlimit(RLIMIT_FSIZE, &was);
    assert_false(ok);
    assert_non_null(why);
    f->ops->copy_end(f->s);
    drop(path);
    fill(f, 10);
    assert_int_equal(fixture_journal_last(f), 20010);
}

static void one_copy_at_a_time(void **state)
{
    struct fixture *f = *state;
    struct store_copy at, other;
    g_autoptr(GError) error = NULL;
    char *path = copy_path(f);
    fill(f, 2000);
    begin_copy(f, path, &at);
    assert_false(f->ops->copy_begin(f->s, path, 0, &other, &error));
    assert_non_null(strstr(error->message, "another copy"));
    finish_copy(f, &at);
    expect_faults(path, NULL);
    drop(path);
}

static void a_store_that_is_used_cannot_be_checked(void **state)
{
    struct fixture *f = *state;
    g_autofree char *path = g_build_filename(f->dir, STORE_SQLITE_FILE, NULL);
    expect_faults(path, "a liaisond uses");
}

/* --- what is wrong is found --- */

static void poke(const char *path, const char *find_this, const char *put_that)
{
    g_autofree char *bytes = NULL;
    gsize len = 0;
    assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    char *at = memmem(bytes, len, find_this, strlen(find_this));
    assert_non_null(at);
    memcpy(at, put_that, strlen(put_that));
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, put_that, strlen(put_that), at - bytes), (ssize_t)strlen(put_that));
    close(fd);
}

static char *copied(struct fixture *f)
{
    struct store_copy at;
    char *path = copy_path(f);
    fill(f, 2000);
    fixture_begin(f);
    fixture_journal(f, "test.marked");
    fixture_commit(f);
    begin_copy(f, path, &at);
    finish_copy(f, &at);
    return path;
}

static void a_changed_record_is_found(void **state)
{
    char *path = copied(*state);
    expect_faults(path, NULL);
    poke(path, "test.marked", "test.forged");
    expect_faults(path, "journal record 2001 was changed");
    drop(path);
}

static void a_torn_page_is_found(void **state)
{
    char *path = copied(*state);
    char zeros[2048] = { 0 };
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, zeros, sizeof zeros, (off_t)4096 * 60), sizeof zeros);
    close(fd);
    struct store_report r;
    g_autoptr(GError) error = NULL;
    bool read = store_file_check(path, holds, NULL, &r, &error);
    assert_true(!read || r.faults->len > 0);
    store_report_clear(&r);
    drop(path);
}

static void what_is_no_store_is_refused(void **state)
{
    struct fixture *f = *state;
    char *path = copy_path(f);
    assert_true(
        g_file_set_contents(path, "not a database, but long enough to be looked at", -1, NULL));
    expect_faults(path, "file is not a database");
    drop(path);
    path = copy_path(f);
    assert_true(g_file_set_contents(path, "", 0, NULL));
    expect_faults(path, "is not a database of liaisond");
    drop(path);
}

static void a_check_can_be_given_up(void **state)
{
    char *path = copied(*state);
    int stop = 1;
    struct store_report r;
    g_autoptr(GError) error = NULL;
    assert_false(store_file_check(path, holds, &stop, &r, &error));
    store_report_clear(&r);
    drop(path);
}

/* --- on the store's thread --- */

struct turns {
    GString *done;
    struct store_copy at;
    const char *path;
};

static bool work(struct store *s, void *arg, GError **error)
{
    (void)arg;
    struct record *r = record_new("test.work", 5);
    bool ok = s->ops->journal_append(s, r, error);
    record_free(r);
    return ok;
}

static bool start_outside(struct store *s, void *arg, GError **error)
{
    struct turns *t = arg;
    return s->ops->copy_begin(s, t->path, 0, &t->at, error) &&
           s->ops->copy_step(s, STEP, &t->at, error);
}

static bool finish_outside(struct store *s, void *arg, GError **error)
{
    struct turns *t = arg;
    bool ok = true;
    while (ok && t->at.left > 0)
        ok = s->ops->copy_step(s, STEP, &t->at, error);
    s->ops->copy_end(s);
    return ok;
}

static void worked(void *arg, const GError *error)
{
    if (error)
        fail_msg("%s", error->message);
    g_string_append(((struct turns *)arg)->done, "w");
}

static void copied_some(void *arg, const GError *error)
{
    if (error)
        fail_msg("%s", error->message);
    g_string_append(((struct turns *)arg)->done, "c");
}

static void steps_take_their_turn_outside_of_transactions(void **state)
{
    struct fixture *f = *state;
    fill(f, 2000);
    f->ops->close(f->s);
    f->s = NULL;
    struct mailbox *m = mailbox_new(store_completion_drop);
    const struct store_options o = fixture_options(f);
    struct store_thread *t = NULL;
    OK((t = store_thread_new(f->ops, &o, m, &error)) != NULL);
    char *path = copy_path(f);
    struct turns turns = { .done = g_string_new(NULL), .path = path };
    store_thread_submit(t, work, worked, &turns);
    store_thread_submit_outside(t, start_outside, copied_some, &turns);
    store_thread_submit(t, work, worked, &turns);
    store_thread_submit(t, work, worked, &turns);
    store_thread_submit_outside(t, finish_outside, copied_some, &turns);
    store_thread_submit(t, work, worked, &turns);
    for (int i = 0; i < 6; i++)
        store_completion_run(mailbox_take(m), NULL);
    assert_string_equal(turns.done->str, "wcwwcw");
    store_thread_free(t);
    mailbox_free(m);
    struct store_report r = check(path);
    assert_int_equal(r.records, 2003); /* the last came after the copy's last step */
    store_report_clear(&r);
    g_string_free(turns.done, TRUE);
    drop(path);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(a_copy_has_what_was_committed_between_its_steps),
        T(what_was_rolled_back_is_not_in_the_copy),
        T(a_store_that_is_rewritten_meanwhile_is_copied_whole),
        T(a_copy_is_refused_where_the_disk_has_no_room),
        T(a_disk_that_fills_up_ends_the_copy_and_nothing_else),
        T(one_copy_at_a_time),
        T(a_store_that_is_used_cannot_be_checked),
        T(a_changed_record_is_found),
        T(a_torn_page_is_found),
        T(what_is_no_store_is_refused),
        T(a_check_can_be_given_up),
        T(steps_take_their_turn_outside_of_transactions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

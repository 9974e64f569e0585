#include "store_fixture.h"

#include "base/mailbox.h"
#include "store/store_thread.h"
#include <pthread.h>
#include <semaphore.h>

/* The SQLite store with begin and commit that can be counted and made to fail. */
static struct store_ops watched;
static const char *begin_fault, *commit_fault; /* set while the thread stands still */
static unsigned commits, folds;
static sem_t fold_gate;
static bool fold_waits, folded_untold; /* the former is set while the thread stands still */

static bool fail_with(const char *sentence, GError **error)
{
    g_set_error_literal(error, g_quark_from_static_string("test"), 1, sentence);
    return false;
}

static bool watched_begin(struct store *s, GError **error)
{
    return begin_fault ? fail_with(begin_fault, error) : store_sqlite.begin(s, error);
}

static bool watched_commit(struct store *s, GError **error)
{
    commits++;
    return commit_fault ? fail_with(commit_fault, error) : store_sqlite.commit(s, error);
}

/* Stands until somebody who was told lets it go on, or for so long that nobody will. */
static void watched_fold(struct store *s)
{
    if (fold_waits) {
        struct timespec end;
        clock_gettime(CLOCK_REALTIME, &end);
        end.tv_sec += 10;
        if (sem_timedwait(&fold_gate, &end))
            folded_untold = true;
    }
    folds++;
    store_sqlite.fold(s);
}

static struct store *watched_open(const struct store_options *o, GError **error)
{
    struct store *s = store_sqlite.open(o, error);
    if (s)
        s->ops = &watched;
    return s;
}

struct world {
    struct fixture *f;
    struct mailbox *completions;
    struct store_thread *t;
    sem_t entered, leave; /* of the gate */
    GString *done;        /* "1 2! 3": what completed, "!" where it failed */
    char *last_error;
};

struct job {
    struct world *w;
    int number;
    const char *event; /* appended to the journal; NULL: nothing */
    bool fails;
};

static bool gate(struct store *s, void *arg, GError **error)
{
    struct job *j = arg;
    (void)s;
    (void)error;
    sem_post(&j->w->entered);
    sem_wait(&j->w->leave);
    return true;
}

static bool work(struct store *s, void *arg, GError **error)
{
    struct job *j = arg;
    if (j->event) {
        struct record *r = record_new(j->event, 5);
        bool ok = s->ops->journal_append(s, r, error);
        record_free(r);
        if (!ok)
            return false;
    }
    return !j->fails || fail_with("this piece fails", error);
}

static bool fail_mutely(struct store *s, void *arg, GError **error)
{
    (void)s;
    (void)arg;
    (void)error;
    return false;
}

static void done(void *arg, const GError *error)
{
    struct job *j = arg;
    g_string_append_printf(j->w->done, "%s%d%s", j->w->done->len ? " " : "", j->number,
                           error ? "!" : "");
    if (error) {
        g_free(j->w->last_error);
        j->w->last_error = g_strdup(error->message);
    }
    g_free(j);
}

static struct job *job_new(struct world *w, int number, const char *event, bool fails)
{
    struct job *j = g_new0(struct job, 1);
    *j = (struct job){ .w = w, .number = number, .event = event, .fails = fails };
    return j;
}

static void submit(struct world *w, store_work_fn fn, int number, const char *event, bool fails)
{
    store_thread_submit(w->t, fn, done, job_new(w, number, event, fails));
}

static void submit_ahead(struct world *w, store_work_fn fn, int number, const char *event)
{
    store_thread_submit_ahead(w->t, fn, done, job_new(w, number, event, false));
}

/* The thread stands in piece 0 from here on until open_gate(): what follows is one batch. */
static void close_gate(struct world *w)
{
    submit(w, gate, 0, NULL, false);
    sem_wait(&w->entered);
}

static void complete(struct world *w, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        store_completion_run(mailbox_take(w->completions), NULL);
}

static struct world *world_new(struct fixture *f)
{
    struct world *w = g_new0(struct world, 1);
    w->f = f;
    w->done = g_string_new(NULL);
    w->completions = mailbox_new(store_completion_drop);
    sem_init(&w->entered, 0, 0);
    sem_init(&w->leave, 0, 0);
    watched = store_sqlite;
    watched.open = watched_open;
    watched.begin = watched_begin;
    watched.commit = watched_commit;
    watched.fold = watched_fold;
    begin_fault = commit_fault = NULL;
    commits = folds = 0;
    const struct store_options o = fixture_options(f);
    OK((w->t = store_thread_new(&watched, &o, w->completions, &error)) != NULL);
    return w;
}

static void world_stop(struct world *w)
{
    store_thread_free(g_steal_pointer(&w->t));
}

static void world_free(struct world *w)
{
    world_stop(w);
    mailbox_free(w->completions);
    sem_destroy(&w->entered);
    sem_destroy(&w->leave);
    g_string_free(w->done, TRUE);
    g_free(w->last_error);
    g_free(w);
}

static void what_queued_up_is_committed_together_in_order(void **state)
{
    struct world *w = world_new(*state);
    close_gate(w);
    for (int i = 1; i <= 5; i++)
        submit(w, work, i, "e", false);
    assert_int_equal(store_thread_queued(w->t), 6);
    sem_post(&w->leave);
    complete(w, 6);
    assert_string_equal(w->done->str, "0 1 2 3 4 5");
    assert_int_equal(store_thread_queued(w->t), 0);
    world_stop(w);
    assert_int_equal(commits, 2); /* the gate's, and one for the five */
    world_free(w);
}

static void who_waits_is_told_before_the_log_is_folded(void **state)
{
    struct world *w = world_new(*state);
    sem_init(&fold_gate, 0, 0);
    folded_untold = false;
    fold_waits = true;
    submit(w, work, 1, "e", false);
    complete(w, 1);
    sem_post(&fold_gate);
    world_stop(w);
    fold_waits = false;
    sem_destroy(&fold_gate);
    assert_string_equal(w->done->str, "1");
    assert_false(folded_untold);
    world_free(w);
}

static void what_cannot_wait_goes_ahead_in_a_transaction_of_its_own(void **state)
{
    struct world *w = world_new(*state);
    close_gate(w);
    submit(w, work, 1, "e", false);
    submit(w, work, 2, "e", false);
    submit_ahead(w, work, 3, "e");
    submit_ahead(w, work, 4, "e");
    assert_int_equal(store_thread_queued(w->t), 5);
    sem_post(&w->leave);
    complete(w, 5);
    assert_string_equal(w->done->str, "0 3 4 1 2");
    world_stop(w);
    assert_int_equal(commits, 3);
    world_free(w);
}

static void what_goes_ahead_takes_turns_with_the_rest(void **state)
{
    struct world *w = world_new(*state);
    submit_ahead(w, gate, 0, NULL);
    sem_wait(&w->entered);
    submit_ahead(w, work, 1, "e");
    submit(w, work, 2, "e", false);
    sem_post(&w->leave);
    complete(w, 3);
    assert_string_equal(w->done->str, "0 2 1");
    world_free(w);
}

static void the_log_is_folded_when_no_haste_is_left(void **state)
{
    struct world *w = world_new(*state);
    submit_ahead(w, work, 1, "e");
    world_stop(w);
    complete(w, 1);
    assert_int_equal(folds, 0);
    world_free(w);
    w = world_new(*state);
    submit_ahead(w, work, 1, "e");
    complete(w, 1);
    submit(w, work, 2, "e", false);
    world_stop(w);
    complete(w, 1);
    assert_int_equal(folds, 1);
    world_free(w);
}

static void haste_without_end_does_not_keep_the_log_from_being_folded(void **state)
{
    struct world *w = world_new(*state);
    for (int i = 1; i <= 2 * STORE_THREAD_MAX_UNTIDY; i++) {
        submit_ahead(w, work, i, "e");
        complete(w, 1);
    }
    world_stop(w);
    assert_int_equal(folds, 2);
    world_free(w);
}

static void a_batch_has_a_bound(void **state)
{
    struct world *w = world_new(*state);
    close_gate(w);
    for (int i = 1; i <= STORE_THREAD_MAX_BATCH + 1; i++)
        submit(w, work, i, NULL, false);
    sem_post(&w->leave);
    complete(w, STORE_THREAD_MAX_BATCH + 2);
    world_stop(w);
    assert_int_equal(commits, 3);
    world_free(w);
}

static void a_piece_that_fails_undoes_only_itself(void **state)
{
    struct fixture *f = *state;
    struct world *w = world_new(f);
    close_gate(w);
    submit(w, work, 1, "one", false);
    submit(w, work, 2, "undone", true);
    submit(w, work, 3, "two", false);
    submit(w, fail_mutely, 4, NULL, false);
    submit(w, work, 5, "three", false);
    sem_post(&w->leave);
    complete(w, 4);
    assert_string_equal(w->done->str, "0 1 2! 3");
    assert_string_equal(w->last_error, "this piece fails");
    complete(w, 2);
    assert_string_equal(w->done->str, "0 1 2! 3 4! 5");
    assert_non_null(strstr(w->last_error, "without a reason"));
    world_free(w);
    fixture_open(f);
    g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    OK(f->ops->journal_read(f->s, NULL, 0, 9, records, &error));
    static const char *const events[] = { "one", "two", "three" };
    assert_int_equal(records->len, G_N_ELEMENTS(events));
    for (guint i = 0; i < records->len; i++)
        assert_string_equal(((struct record *)records->pdata[i])->event, events[i]);
}

static void a_transaction_that_fails_fails_all_and_passes(void **state)
{
    static const struct {
        const char *name, **fault;
    } rows[] = { { "begin", &begin_fault }, { "commit", &commit_fault } };
    struct fixture *f = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct world *w = world_new(f);
        close_gate(w);
        sem_post(&w->leave);
        complete(w, 1);
        *rows[i].fault = "the disk is full"; /* the thread waits: it has nothing to do */
        submit(w, work, 1, "lost", false);
        complete(w, 1);
        *rows[i].fault = NULL;
        assert_string_equal(w->last_error, "the disk is full");
        submit(w, work, 2, rows[i].name, false);
        complete(w, 1);
        assert_string_equal(w->done->str, "0 1! 2");
        world_free(w);
    }
    fixture_open(f);
    assert_int_equal(fixture_journal_last(f), 2);
}

static void a_piece_keeps_its_own_reason_when_the_commit_fails_too(void **state)
{
    struct world *w = world_new(*state);
    close_gate(w);
    submit(w, work, 1, "lost", false);
    submit(w, work, 2, NULL, true);
    /* Read by the thread only after the gate: the semaphore orders the two. */
    commit_fault = "the disk is full";
    sem_post(&w->leave);
    complete(w, 2);
    assert_string_equal(w->last_error, "the disk is full");
    complete(w, 1);
    assert_string_equal(w->done->str, "0! 1! 2!");
    assert_string_equal(w->last_error, "this piece fails");
    world_free(w);
}

static bool end_transaction(struct store *s, void *arg, GError **error)
{
    (void)arg;
    s->ops->rollback(s);
    return fail_with("the disk took the transaction with it", error);
}

static void nothing_runs_outside_a_transaction_that_was_lost(void **state)
{
    struct fixture *f = *state;
    struct world *w = world_new(f);
    close_gate(w);
    submit(w, work, 1, "lost", false);
    submit(w, end_transaction, 2, NULL, false);
    submit(w, work, 3, "lost", false);
    sem_post(&w->leave);
    complete(w, 4);
    assert_string_equal(w->done->str, "0 1! 2! 3!");
    submit(w, work, 4, "kept", false);
    complete(w, 1);
    world_free(w);
    fixture_open(f);
    assert_int_equal(fixture_journal_last(f), 1);
}

static void a_stop_finishes_what_was_submitted(void **state)
{
    struct fixture *f = *state;
    struct world *w = world_new(f);
    for (int i = 1; i <= 399; i++)
        submit(w, work, i, "e", false);
    submit_ahead(w, work, 400, "e");
    world_stop(w);
    assert_int_equal(mailbox_length(w->completions), 400);
    complete(w, 400);
    assert_null(w->last_error);
    world_free(w);
    fixture_open(f);
    assert_int_equal(fixture_journal_last(f), 400);
}

static bool nothing(struct store *s, void *arg, GError **error)
{
    (void)s;
    (void)arg;
    (void)error;
    return true;
}

static void a_completion_may_be_dropped(void **state)
{
    struct world *w = world_new(*state);
    store_thread_submit(w->t, nothing, NULL, NULL);
    store_thread_submit(w->t, fail_mutely, NULL, NULL);
    complete(w, 1);
    world_free(w); /* the mailbox drops the other */
}

static void a_store_that_does_not_open_starts_no_thread(void **state)
{
    struct fixture *f = *state;
    fixture_open(f);
    const struct store_options o = fixture_options(f);
    struct mailbox *m = mailbox_new(store_completion_drop);
    g_autoptr(GError) error = NULL;
    assert_null(store_thread_new(&store_sqlite, &o, m, &error));
    assert_non_null(strstr(error->message, "another liaisond uses"));
    mailbox_free(m);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup_closed, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_queued_up_is_committed_together_in_order),
        T(who_waits_is_told_before_the_log_is_folded),
        T(what_cannot_wait_goes_ahead_in_a_transaction_of_its_own),
        T(what_goes_ahead_takes_turns_with_the_rest),
        T(the_log_is_folded_when_no_haste_is_left),
        T(haste_without_end_does_not_keep_the_log_from_being_folded),
        T(a_batch_has_a_bound),
        T(a_piece_that_fails_undoes_only_itself),
        T(a_transaction_that_fails_fails_all_and_passes),
        T(a_piece_keeps_its_own_reason_when_the_commit_fails_too),
        T(nothing_runs_outside_a_transaction_that_was_lost),
        T(a_stop_finishes_what_was_submitted),
        T(a_completion_may_be_dropped),
        T(a_store_that_does_not_open_starts_no_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

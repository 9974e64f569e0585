#include "base/mailbox.h"
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define POSTERS 4
#define EACH 5000

static int readable(struct mailbox *m, int wait_ms)
{
    struct pollfd p = { .fd = mailbox_fd(m), .events = POLLIN };
    return poll(&p, 1, wait_ms) == 1;
}

static void order_is_kept_and_fd_tells(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new(NULL);
    assert_false(readable(m, 0));
    assert_null(mailbox_try_take(m));
    for (int i = 1; i <= 3; i++)
        mailbox_post(m, GINT_TO_POINTER(i));
    assert_int_equal(mailbox_length(m), 3);
    for (int i = 1; i <= 3; i++) {
        assert_true(readable(m, 0));
        assert_ptr_equal(mailbox_try_take(m), GINT_TO_POINTER(i));
    }
    assert_null(mailbox_try_take(m));
    assert_false(readable(m, 0));
    mailbox_post(m, GINT_TO_POINTER(4)); /* the wakeup after a drain */
    assert_true(readable(m, 0));
    assert_ptr_equal(mailbox_take(m), GINT_TO_POINTER(4));
    assert_false(readable(m, 0)); /* blocking takes leave no wakeup over */
    mailbox_free(m);
}

static void the_fd_tells_of_what_came_before_it_was_asked_for(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new(NULL);
    mailbox_post(m, GINT_TO_POINTER(1));
    mailbox_post(m, GINT_TO_POINTER(2));
    assert_ptr_equal(mailbox_take(m), GINT_TO_POINTER(1));
    assert_true(readable(m, 0));
    assert_ptr_equal(mailbox_take(m), GINT_TO_POINTER(2));
    assert_false(readable(m, 0));
    mailbox_free(m);
}

static void what_was_never_taken_is_freed(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new(g_free); /* the leak checker is the judge */
    mailbox_post(m, g_strdup("first"));
    mailbox_post(m, g_strdup("second"));
    g_free(mailbox_take(m));
    mailbox_free(m);
    mailbox_free(NULL);
}

struct poster {
    struct mailbox *m;
    guint number;
};

static gpointer post_many(gpointer data)
{
    struct poster *p = data;
    for (guint i = 1; i <= EACH; i++)
        mailbox_post(p->m, GUINT_TO_POINTER(p->number * 1000000 + i));
    return NULL;
}

static void start(struct mailbox *m, struct poster *posters, GThread **threads)
{
    for (guint i = 0; i < POSTERS; i++) {
        posters[i] = (struct poster){ m, i };
        threads[i] = g_thread_new("poster", post_many, &posters[i]);
    }
}

/* Each poster's messages come in its order; returns with all threads ended. */
static void expect_all(struct mailbox *m, GThread **threads, gpointer (*next)(struct mailbox *m))
{
    guint seen[POSTERS] = { 0 };
    for (guint n = 0; n < POSTERS * EACH; n++) {
        guint v = GPOINTER_TO_UINT(next(m));
        assert_int_equal(v % 1000000, ++seen[v / 1000000]);
    }
    for (guint i = 0; i < POSTERS; i++)
        g_thread_join(threads[i]);
    assert_null(mailbox_try_take(m));
    assert_false(readable(m, 0));
}

static gpointer next_by_fd(struct mailbox *m)
{
    gpointer message;
    while ((message = mailbox_try_take(m)) == NULL)
        assert_true(readable(m, 10000)); /* a lost wakeup would time out here */
    return message;
}

static void no_wakeup_is_lost_by_a_polling_reader(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new(NULL);
    struct poster posters[POSTERS];
    GThread *threads[POSTERS];
    start(m, posters, threads);
    expect_all(m, threads, next_by_fd);
    mailbox_free(m);
}

static void no_wakeup_is_lost_by_a_blocking_reader(void **state)
{
    (void)state;
    struct mailbox *m = mailbox_new(NULL);
    struct poster posters[POSTERS];
    GThread *threads[POSTERS];
    start(m, posters, threads);
    expect_all(m, threads, mailbox_take);
    mailbox_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_kept_and_fd_tells),
        cmocka_unit_test(the_fd_tells_of_what_came_before_it_was_asked_for),
        cmocka_unit_test(what_was_never_taken_is_freed),
        cmocka_unit_test(no_wakeup_is_lost_by_a_polling_reader),
        cmocka_unit_test(no_wakeup_is_lost_by_a_blocking_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mailbox.h"
#include "io/loop.h"

struct notes {
    struct loop *loop;
    GString *text; /* what happened, a letter each */
    struct loop_timer *timer;
    unsigned messages, batches, stop_at;
};

static int set_up(void **state)
{
    struct notes *n = g_new0(struct notes, 1);
    n->loop = loop_new(NULL);
    n->text = g_string_new(NULL);
    *state = n;
    return n->loop ? 0 : -1;
}

static int tear_down(void **state)
{
    struct notes *n = *state;
    loop_free(n->loop);
    g_string_free(n->text, TRUE);
    g_free(n);
    return 0;
}

static void note_a(void *ctx)
{
    g_string_append_c(((struct notes *)ctx)->text, 'a');
}

static void note_b(void *ctx)
{
    g_string_append_c(((struct notes *)ctx)->text, 'b');
}

static void stop(void *ctx)
{
    loop_stop(((struct notes *)ctx)->loop);
}

static void posts_run_in_order_and_not_at_once(void **state)
{
    struct notes *n = *state;
    loop_post(n->loop, note_a, n);
    loop_post(n->loop, note_b, n);
    loop_post(n->loop, note_a, n);
    loop_stop(n->loop);
    assert_string_equal(n->text->str, "");
    loop_run(n->loop);
    assert_string_equal(n->text->str, "aba");
}

static void stop_before_run_ends_the_run(void **state)
{
    struct notes *n = *state;
    loop_stop(n->loop);
    loop_post(n->loop, note_a, n); /* kept for the next run */
    loop_run(n->loop);
    assert_string_equal(n->text->str, "");
    loop_stop(n->loop);
    loop_run(n->loop);
    assert_string_equal(n->text->str, "a");
}

static gpointer post_many(gpointer data)
{
    struct notes *n = data;
    for (int i = 0; i < 1000; i++) {
        loop_post(n->loop, note_a, n);
    }
    loop_stop(n->loop);
    return NULL;
}

static void posts_from_a_thread_all_arrive(void **state)
{
    struct notes *n = *state;
    GThread *t = g_thread_new("poster", post_many, n);
    loop_run(n->loop);
    g_thread_join(t);
    assert_int_equal(n->text->len, 1000);
}

static void timers_fire_in_order_of_time(void **state)
{
    struct notes *n = *state;
    struct loop_timer *late = loop_timer_new(n->loop, note_b, n);
    struct loop_timer *soon = loop_timer_new(n->loop, note_a, n);
    struct loop_timer *never = loop_timer_new(n->loop, note_a, n);
    struct loop_timer *end = loop_timer_new(n->loop, stop, n);
    const struct clock *clock = clock_system();
    int64_t start = clock->monotonic_ms(clock);
    loop_timer_arm(end, 80);
    loop_timer_arm(late, 40);
    loop_timer_arm(soon, -5); /* the past is now */
    loop_timer_arm(never, 20);
    loop_timer_disarm(never);
    assert_string_equal(n->text->str, "");
    loop_run(n->loop);
    assert_string_equal(n->text->str, "ab");
    assert_true(clock->monotonic_ms(clock) - start >= 60);
    loop_timer_free(late);
    loop_timer_free(soon);
    loop_timer_free(never);
    loop_timer_free(end);
}

static void free_own_timer(void *ctx)
{
    struct notes *n = ctx;
    loop_timer_free(n->timer);
    loop_stop(n->loop);
}

static void rearmed_timer_fires_once_and_may_free_itself(void **state)
{
    struct notes *n = *state;
    n->timer = loop_timer_new(n->loop, free_own_timer, n);
    loop_timer_arm(n->timer, 60000);
    loop_timer_arm(n->timer, 1);
    loop_run(n->loop);
}

static void on_message(void *message, void *ctx)
{
    struct notes *n = ctx;
    assert_int_equal(GPOINTER_TO_UINT(message), ++n->messages);
    if (n->messages == n->stop_at) {
        loop_stop(n->loop);
    }
}

static void on_batch(void *ctx)
{
    ((struct notes *)ctx)->batches++;
}

static void mailbox_is_read_in_batches(void **state)
{
    struct notes *n = *state;
    struct mailbox *m = mailbox_new(NULL);
    struct loop_watch *w = loop_watch_mailbox(n->loop, m, on_message, on_batch, n);
    for (unsigned i = 1; i <= 1000; i++) {
        mailbox_post(m, GUINT_TO_POINTER(i));
    }
    n->stop_at = 1000;
    loop_run(n->loop);
    assert_int_equal(n->messages, 1000);
    assert_in_range(n->batches, 2, 100); /* others get their turn in between */
    loop_unwatch(w);
    mailbox_post(m, GUINT_TO_POINTER(1)); /* nobody looks */
    loop_stop(n->loop);
    loop_run(n->loop);
    assert_int_equal(n->messages, 1000);
    mailbox_free(m);
}

static void signal_is_a_callback(void **state)
{
    struct notes *n = *state;
    loop_watch_signal(n->loop, SIGUSR1, stop, n);
    raise(SIGUSR1);
    loop_run(n->loop);
}

static void peer_that_hangs_up_does_not_kill(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    close(fds[0]);
    assert_int_equal(write(fds[1], "x", 1), -1);
    close(fds[1]);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(posts_run_in_order_and_not_at_once),
        CASE(stop_before_run_ends_the_run),
        CASE(posts_from_a_thread_all_arrive),
        CASE(timers_fire_in_order_of_time),
        CASE(rearmed_timer_fires_once_and_may_free_itself),
        CASE(mailbox_is_read_in_batches),
        CASE(signal_is_a_callback),
        CASE(peer_that_hangs_up_does_not_kill),
    };
    return cmocka_run_group_tests_name("loop", cases, NULL, NULL);
}

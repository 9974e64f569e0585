#include "io/worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mailbox.h"
#include "io/loop.h"
#include <cmocka.h>

#define PIECES 1000

static struct loop *loop;
static GThread *here;
static gint worked, dropped; /* atomic */

struct piece {
    int number;
    bool elsewhere;                /* it was worked on by another thread */
    struct mailbox *begun, *go_on; /* NULL: it does not wait */
};

static void work(void *arg)
{
    struct piece *p = arg;
    g_atomic_int_inc(&worked);
    p->elsewhere = g_thread_self() != here;
    if (p->begun) {
        mailbox_post(p->begun, p);
        mailbox_take(p->go_on);
    }
}

static int ended;

static void done(void *arg)
{
    struct piece *p = arg;
    assert_ptr_equal(g_thread_self(), here);
    assert_true(p->elsewhere);
    assert_int_equal(p->number, ended++);
    g_free(p);
    if (ended == PIECES)
        loop_stop(loop);
}

static void drop(gpointer arg)
{
    g_atomic_int_inc(&dropped);
    g_free(arg);
}

static struct piece *give(struct worker *w, int number)
{
    struct piece *p = g_new0(struct piece, 1);
    p->number = number;
    worker_give(w, p);
    return p;
}

static void what_is_given_is_worked_off_elsewhere_and_comes_back_in_order(void **state)
{
    (void)state;
    struct worker *w = worker_new(loop, "test", work, done, drop);
    worked = dropped = ended = 0;
    for (int i = 0; i < PIECES; i++)
        give(w, i);
    loop_run(loop);
    assert_int_equal(worked, PIECES);
    worker_free(w);
    assert_int_equal(dropped, 0);
}

/* The worker goes on only when its end waits for it. */
static struct mailbox *let_on;

gpointer __real_g_thread_join(GThread *t);
gpointer __wrap_g_thread_join(GThread *t);
gpointer __wrap_g_thread_join(GThread *t)
{
    struct mailbox *m = g_steal_pointer(&let_on);
    if (m)
        mailbox_post(m, m);
    return __real_g_thread_join(t);
}

static void the_end_waits_for_what_has_begun_and_the_rest_is_dropped_untouched(void **state)
{
    (void)state;
    struct worker *w = worker_new(loop, "test", work, done, drop);
    worked = dropped = ended = 0;
    struct piece *first = g_new0(struct piece, 1);
    first->begun = mailbox_new(NULL);
    first->go_on = mailbox_new(NULL);
    struct mailbox *begun = first->begun, *go_on = first->go_on;
    worker_give(w, first);
    mailbox_take(begun);
    give(w, 1);
    give(w, 2);
    let_on = go_on;
    worker_free(w);
    assert_null(let_on);
    assert_int_equal(worked, 1);
    assert_int_equal(dropped, 3); /* nothing came back: the loop did not run */
    mailbox_free(begun);
    mailbox_free(go_on);
    worker_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_is_worked_off_elsewhere_and_comes_back_in_order),
        cmocka_unit_test(the_end_waits_for_what_has_begun_and_the_rest_is_dropped_untouched),
    };
    here = g_thread_self();
    loop = loop_new(NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    loop_free(loop);
    return failed;
}

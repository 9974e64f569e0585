#include "base/current.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOLDERS 4
#define SUCCESSORS 200

struct pair { /* of two halves that agree as long as it lives */
    struct current_value head;
    int left, right;
    unsigned *freed;
};

static void pair_free(gpointer pair)
{
    struct pair *p = pair;
    __atomic_add_fetch(p->freed, 1, __ATOMIC_RELAXED);
    p->left = -1;
    g_free(p);
}

static struct pair *pair_new(int n, unsigned *freed)
{
    struct pair *p = g_new(struct pair, 1);
    *p = (struct pair){ { 1, pair_free }, n, n, freed };
    return p;
}

static void what_is_held_outlives_its_successor(void **state)
{
    (void)state;
    unsigned freed = 0;
    struct current c;
    struct pair *first = pair_new(1, &freed), *second = pair_new(2, &freed);
    current_init(&c, first);
    assert_ptr_equal(current_hold(&c), first);
    assert_ptr_equal(current_hold(&c), first);
    current_replace(&c, second);
    assert_ptr_equal(current_hold(&c), second);
    current_release(first);
    assert_int_equal(freed, 0);
    current_release(first);
    assert_int_equal(freed, 1);
    current_clear(&c);
    assert_int_equal(second->left, second->right);
    assert_int_equal(freed, 1);
    current_release(second);
    assert_int_equal(freed, 2);
}

static void what_nobody_holds_is_freed_at_once(void **state)
{
    (void)state;
    unsigned freed = 0;
    struct current c;
    current_init(&c, pair_new(1, &freed));
    current_release(current_hold(&c));
    assert_int_equal(freed, 0);
    current_replace(&c, pair_new(2, &freed));
    assert_int_equal(freed, 1);
    current_clear(&c);
    assert_int_equal(freed, 2);
}

struct holder {
    struct current *current;
    gint *ended;
};

/* Until it has seen some come: how many were not whole, or older than one before. */
static gpointer hold_often(gpointer holder)
{
    const struct holder *h = holder;
    guint wrong = 0;
    for (int last = 0, news = 0; news < SUCCESSORS;) {
        struct pair *p = current_hold(h->current);
        wrong += p->left != p->right || p->left < last;
        news += p->left != last;
        last = p->left;
        current_release(p);
    }
    g_atomic_int_inc(h->ended);
    return GUINT_TO_POINTER(wrong);
}

static void threads_hold_what_is_replaced_under_them(void **state)
{
    (void)state;
    unsigned freed = 0, made = 1;
    gint ended = 0;
    struct current c;
    struct holder h = { &c, &ended };
    GThread *threads[HOLDERS];
    current_init(&c, pair_new(0, &freed));
    for (guint i = 0; i < HOLDERS; i++)
        threads[i] = g_thread_new("holder", hold_often, &h);
    for (; g_atomic_int_get(&ended) < HOLDERS; made++)
        current_replace(&c, pair_new((int)made, &freed));
    for (guint i = 0; i < HOLDERS; i++)
        assert_int_equal(GPOINTER_TO_UINT(g_thread_join(threads[i])), 0);
    current_clear(&c);
    assert_int_equal(freed, made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_held_outlives_its_successor),
        cmocka_unit_test(what_nobody_holds_is_freed_at_once),
        cmocka_unit_test(threads_hold_what_is_replaced_under_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

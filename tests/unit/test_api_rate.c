#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/rate.h"
#include <glib.h>

#define MINUTE_MS 60000

static const struct rate_rule three_then_one_a_minute = { .burst = 3, .every_ms = MINUTE_MS };
static const struct lock_rule five_then_a_quarter = { .tries = 5,
                                                      .first_ms = 15 * MINUTE_MS,
                                                      .longest_ms = 60 * MINUTE_MS,
                                                      .forget_ms = 24 * 60 * MINUTE_MS };

static void spend(struct rate *r, const char *key, unsigned times, int64_t now_ms)
{
    for (unsigned i = 0; i < times; i++) {
        assert_int_equal(rate_wait_ms(r, key, now_ms), 0);
        rate_spend(r, key, now_ms);
    }
}

static void a_burst_is_let_through_and_then_one_at_a_time(void **state)
{
    struct rate *r = rate_new(&three_then_one_a_minute, 10);
    (void)state;
    spend(r, "a", 3, 1000);
    assert_int_equal(rate_wait_ms(r, "a", 1000), MINUTE_MS);
    assert_int_equal(rate_wait_ms(r, "a", 1000 + MINUTE_MS - 1), 1);
    spend(r, "a", 1, 1000 + MINUTE_MS);
    assert_int_equal(rate_wait_ms(r, "a", 1000 + MINUTE_MS), MINUTE_MS);
    rate_free(r);
}

static void who_has_paid_back_has_the_whole_burst_and_no_more(void **state)
{
    struct rate *r = rate_new(&three_then_one_a_minute, 10);
    (void)state;
    spend(r, "a", 3, 0);
    spend(r, "a", 3, 1000 * MINUTE_MS);
    assert_true(rate_wait_ms(r, "a", 1000 * MINUTE_MS) > 0);
    rate_free(r);
}

static void one_caller_costs_another_nothing(void **state)
{
    struct rate *r = rate_new(&three_then_one_a_minute, 10);
    (void)state;
    spend(r, "a", 3, 0);
    assert_true(rate_wait_ms(r, "a", 0) > 0);
    assert_int_equal(rate_wait_ms(r, "b", 0), 0);
    rate_free(r);
}

static void beyond_the_bound_the_one_longest_unseen_is_forgotten(void **state)
{
    struct rate *r = rate_new(&three_then_one_a_minute, 2);
    (void)state;
    spend(r, "old", 3, 0);
    spend(r, "kept", 2, 0);
    spend(r, "kept", 1, 0);
    rate_spend(r, "new", 0);
    assert_int_equal(rate_wait_ms(r, "old", 0), 0);
    assert_true(rate_wait_ms(r, "kept", 0) > 0);
    rate_free(r);
}

static void looking_takes_no_room(void **state)
{
    struct rate *r = rate_new(&three_then_one_a_minute, 1);
    (void)state;
    spend(r, "a", 3, 0);
    assert_int_equal(rate_wait_ms(r, "b", 0), 0);
    assert_true(rate_wait_ms(r, "a", 0) > 0);
    rate_free(r);
}

static int64_t wrong_times(struct lock *l, unsigned times, int64_t now_ms)
{
    int64_t wait_ms = 0;
    for (unsigned i = 0; i < times; i++)
        wait_ms = lock_wrong(l, "link", now_ms);
    return wait_ms;
}

static void the_fifth_wrong_one_locks_for_a_quarter_of_an_hour(void **state)
{
    struct lock *l = lock_new(&five_then_a_quarter, 10);
    (void)state;
    assert_int_equal(wrong_times(l, 4, 0), 0);
    assert_int_equal(wrong_times(l, 1, 0), 15 * MINUTE_MS);
    assert_int_equal(lock_wait_ms(l, "link", 15 * MINUTE_MS - 1), 1);
    assert_int_equal(lock_wait_ms(l, "link", 15 * MINUTE_MS), 0);
    assert_int_equal(lock_wait_ms(l, "another", 0), 0);
    lock_free(l);
}

static void the_lock_doubles_up_to_the_longest(void **state)
{
    static const int64_t want_min[] = { 15, 30, 60, 60 };
    struct lock *l = lock_new(&five_then_a_quarter, 10);
    int64_t now_ms = 0;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(want_min); i++) {
        int64_t wait_ms = wrong_times(l, 5, now_ms);
        assert_int_equal(wait_ms, want_min[i] * MINUTE_MS);
        now_ms += wait_ms;
    }
    lock_free(l);
}

static void a_right_one_forgets_the_wrong_ones(void **state)
{
    struct lock *l = lock_new(&five_then_a_quarter, 10);
    (void)state;
    wrong_times(l, 4, 0);
    lock_right(l, "link");
    assert_int_equal(wrong_times(l, 4, 0), 0);
    lock_free(l);
}

static void a_day_without_a_wrong_one_forgets_too(void **state)
{
    struct lock *l = lock_new(&five_then_a_quarter, 10);
    (void)state;
    int64_t opens_ms = wrong_times(l, 5, 0);
    assert_int_equal(wrong_times(l, 4, opens_ms + 25 * 60 * MINUTE_MS), 0);
    assert_int_equal(wrong_times(l, 1, opens_ms + 25 * 60 * MINUTE_MS), 15 * MINUTE_MS);
    lock_free(l);
}

static void a_lock_forgets_the_oldest_beyond_its_bound(void **state)
{
    struct lock *l = lock_new(&five_then_a_quarter, 1);
    (void)state;
    wrong_times(l, 5, 0);
    lock_wrong(l, "another", 0);
    assert_int_equal(lock_wait_ms(l, "link", 0), 0);
    lock_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_let_through_and_then_one_at_a_time),
        cmocka_unit_test(who_has_paid_back_has_the_whole_burst_and_no_more),
        cmocka_unit_test(one_caller_costs_another_nothing),
        cmocka_unit_test(beyond_the_bound_the_one_longest_unseen_is_forgotten),
        cmocka_unit_test(looking_takes_no_room),
        cmocka_unit_test(the_fifth_wrong_one_locks_for_a_quarter_of_an_hour),
        cmocka_unit_test(the_lock_doubles_up_to_the_longest),
        cmocka_unit_test(a_right_one_forgets_the_wrong_ones),
        cmocka_unit_test(a_day_without_a_wrong_one_forgets_too),
        cmocka_unit_test(a_lock_forgets_the_oldest_beyond_its_bound),
    };
    return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}

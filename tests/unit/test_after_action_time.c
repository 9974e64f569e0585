#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/after_action_time.h"

static const struct median_row {
    const char *name;
    int64_t values[4];
    guint n;
    int64_t want;
} medians[] = {
    { "of nothing", { 0 }, 0, -1 },
    { "of one", { 7 }, 1, 7 },
    { "of two lies between them", { 9, 4 }, 2, 6 },
    { "of three, in any order", { 90, 1, 5 }, 3, 5 },
    { "of four", { 4, 1, 100, 2 }, 4, 3 },
};

static void test_median(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(medians); i++) {
        g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(int64_t));
        g_array_append_vals(values, medians[i].values, medians[i].n);
        int64_t got = after_action_median(values);
        if (got != medians[i].want)
            fail_msg("%s: %" G_GINT64_FORMAT, medians[i].name, got);
    }
}

static void test_steps_of_one_instant_are_one(void **state)
{
    (void)state;
    static const struct after_action_time times[] = {
        { 100, 0 }, { 100, 300 }, { 0, 0 }, { 200, 300 }
    };
    static const struct after_action_step want[] = { { 100, 2, 0 }, { 200, 3, 0 }, { 300, 3, 2 } };
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct after_action_time));
    g_array_append_vals(list, times, G_N_ELEMENTS(times));
    g_autoptr(GArray) steps = after_action_steps(list);
    assert_int_equal(steps->len, G_N_ELEMENTS(want));
    for (guint i = 0; i < steps->len; i++) {
        const struct after_action_step *s = &g_array_index(steps, struct after_action_step, i);
        assert_int_equal(s->time_ms, want[i].time_ms);
        assert_int_equal(s->reached, want[i].reached);
        assert_int_equal(s->covered, want[i].covered);
    }
    struct after_action a = { 0 };
    after_action_ends(list, &a);
    assert_int_equal(a.first_reached_ms, 100);
    assert_int_equal(a.last_reached_ms, 200);
    assert_int_equal(a.first_covered_ms, 300);
}

static void test_nobody(void **state)
{
    (void)state;
    g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(struct after_action_time));
    g_autoptr(GArray) steps = after_action_steps(none);
    assert_int_equal(steps->len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_median),
        cmocka_unit_test(test_steps_of_one_instant_are_one),
        cmocka_unit_test(test_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/lane.h"

#define PER_LANE 3
#define TOTAL 8

struct two_hosts {
    struct lane_pool pool;
    struct lane *first, *second;
    GPtrArray *taken; /* struct lane_item * */
};

static void put(struct lane *l, unsigned n)
{
    struct lane_item *i = g_new0(struct lane_item, 1);
    i->notification = notification_new();
    g_free(i->notification->endpoint);
    i->notification->endpoint = g_strdup_printf("%s/%u", l->name, n);
    i->notification->id = n;
    lane_put(l, i);
}

static int setup(void **state)
{
    struct two_hosts *t = g_new0(struct two_hosts, 1);
    lane_pool_init(&t->pool);
    t->pool.max_total = t->pool.max_fast = TOTAL;
    t->pool.max_per_lane = PER_LANE;
    t->pool.untried_per_lane = 1;
    t->pool.slow_after_ms = 250;
    t->first = lane_new(&t->pool, "https://first.example:443");
    t->second = lane_new(&t->pool, "https://second.example:443");
    t->taken = g_ptr_array_new_with_free_func((GDestroyNotify)lane_item_free);
    for (unsigned n = 1; n <= 2 * TOTAL; n++)
        put(t->first, n);
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    struct two_hosts *t = *state;
    for (guint i = 0; i < t->taken->len; i++)
        lane_done(t->taken->pdata[i], LANE_UNTRIED, 0);
    lane_free(t->first);
    lane_free(t->second);
    lane_pool_clear(&t->pool);
    g_ptr_array_unref(t->taken);
    g_free(t);
    return 0;
}

/* Takes all that may go at that time; how many. */
static unsigned take(struct two_hosts *t, int64_t now_ms)
{
    struct lane_item *i;
    unsigned n = 0;
    while ((i = lane_next(&t->pool, now_ms))) {
        g_ptr_array_add(t->taken, i);
        n++;
    }
    return n;
}

static void end_first(struct two_hosts *t, enum lane_end end, int64_t now_ms)
{
    struct lane_item *i = g_ptr_array_steal_index(t->taken, 0);
    lane_done(i, end, now_ms);
    lane_item_free(i);
}

static void a_host_not_heard_of_has_one_place(void **state)
{
    struct two_hosts *t = *state;
    assert_int_equal(take(t, 0), 1);
}

static void one_that_is_well_has_its_places_and_no_more(void **state)
{
    struct two_hosts *t = *state;
    take(t, 0);
    end_first(t, LANE_WELL, 1);
    assert_int_equal(take(t, 1), PER_LANE);
    assert_int_equal(take(t, 1000), 0);
}

static void it_leaves_places_to_others(void **state)
{
    struct two_hosts *t = *state;
    take(t, 0);
    end_first(t, LANE_WELL, 1);
    take(t, 1);
    put(t->second, 100);
    assert_int_equal(take(t, 2), 1);
    const struct lane_item *last = t->taken->pdata[t->taken->len - 1];
    assert_ptr_equal(last->lane, t->second);
}

static void a_failure_takes_the_places_back(void **state)
{
    struct two_hosts *t = *state;
    take(t, 0);
    end_first(t, LANE_WELL, 1);
    take(t, 1);
    for (unsigned n = 0; n < PER_LANE; n++)
        end_first(t, LANE_FAILED, 2);
    assert_int_equal(take(t, 2), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_host_not_heard_of_has_one_place),
        TEST(one_that_is_well_has_its_places_and_no_more),
        TEST(it_leaves_places_to_others),
        TEST(a_failure_takes_the_places_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

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
    i->notification->deadline_ms = INT64_MAX;
    lane_put(l, i);
}

/* To an endpoint that others have, too. */
static void put_shared(struct lane *l, unsigned n, int64_t deadline_ms)
{
    struct lane_item *i = g_new0(struct lane_item, 1);
    i->notification = notification_new();
    i->notification->endpoint = g_strdup_printf("%s/shared", l->name);
    i->notification->id = n;
    i->notification->deadline_ms = deadline_ms;
    lane_put(l, i);
}

static int64_t last_taken(const struct two_hosts *t)
{
    return ((struct lane_item *)t->taken->pdata[t->taken->len - 1])->notification->id;
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

static void what_comes_late_goes_by_its_place(void **state)
{
    struct two_hosts *t = *state;
    static const unsigned late[] = { 100, 50, 101, 75, 17 };
    for (size_t i = 0; i < G_N_ELEMENTS(late); i++)
        put(t->first, late[i]);
    t->pool.max_total = t->pool.max_fast = t->pool.untried_per_lane = 100;
    assert_int_equal(take(t, 0), 2 * TOTAL + G_N_ELEMENTS(late));
    for (guint i = 1; i < t->taken->len; i++) {
        const struct lane_item *before = t->taken->pdata[i - 1], *now = t->taken->pdata[i];
        assert_true(before->notification->id < now->notification->id);
    }
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

static void those_for_one_endpoint_go_one_by_one_in_their_order(void **state)
{
    struct two_hosts *t = *state;
    t->second->well = true;
    put_shared(t->second, 300, INT64_MAX);
    take(t, 0); /* and the first host's first */
    assert_int_equal(last_taken(t), 300);
    g_ptr_array_insert(t->taken, 0, g_ptr_array_steal_index(t->taken, t->taken->len - 1));
    for (unsigned n = 304; n > 300; n--) {
        put_shared(t->second, n, INT64_MAX);
        assert_int_equal(take(t, 0), 0);
    }
    for (unsigned n = 301; n <= 304; n++) {
        end_first(t, LANE_WELL, 1);
        assert_int_equal(take(t, 1), 1);
        assert_int_equal(last_taken(t), n);
        g_ptr_array_insert(t->taken, 0, g_ptr_array_steal_index(t->taken, t->taken->len - 1));
    }
    end_first(t, LANE_WELL, 2);
    assert_int_equal(t->second->slots[0].held, 0);
    assert_int_equal(take(t, 2), 0);
}

/* Of four for one endpoint the first is on its way. */
static void send_first_of_four(struct two_hosts *t)
{
    take(t, 0);
    t->second->well = true;
    for (unsigned n = 300; n < 304; n++)
        put_shared(t->second, n, n == 301 || n == 302 ? 10 : INT64_MAX);
    assert_int_equal(take(t, 0), 1);
    g_ptr_array_insert(t->taken, 0, g_ptr_array_steal_index(t->taken, t->taken->len - 1));
}

static void nobody_waits_for_one_that_was_taken_out(void **state)
{
    struct two_hosts *t = *state;
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)lane_item_free);
    send_first_of_four(t);
    assert_int_equal(take(t, 1), 0);
    end_first(t, LANE_WELL, 1); /* the second waits for its place now, two more behind it */
    lane_take_expired(t->second, 10, out);
    assert_int_equal(out->len, 2);
    assert_int_equal(take(t, 10), 1);
    assert_int_equal(last_taken(t), 303);
    assert_int_equal(t->second->slots[0].held, 0);
}

static void what_expires_behind_one_that_hangs_is_taken_out(void **state)
{
    struct two_hosts *t = *state;
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)lane_item_free);
    send_first_of_four(t);
    assert_int_equal(take(t, 1), 0);
    lane_take_expired(t->second, 10, out);
    assert_int_equal(out->len, 2);
    end_first(t, LANE_WELL, 11);
    assert_int_equal(take(t, 11), 1);
    assert_int_equal(last_taken(t), 303);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_comes_late_goes_by_its_place),
        TEST(those_for_one_endpoint_go_one_by_one_in_their_order),
        TEST(nobody_waits_for_one_that_was_taken_out),
        TEST(what_expires_behind_one_that_hangs_is_taken_out),
        TEST(a_host_not_heard_of_has_one_place),
        TEST(one_that_is_well_has_its_places_and_no_more),
        TEST(it_leaves_places_to_others),
        TEST(a_failure_takes_the_places_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

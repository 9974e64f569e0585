#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/claim.h"
#include "flow/headstart.h"

#define WINDOW 3
#define NOW_MS 1000

/* A store that is asked one thing. */
struct asked {
    struct store base;
    bool idle;
    unsigned times;
};

static bool queue_is_idle(struct store *s, const char *lane, enum broadcast_urgency urgency,
                          int64_t now_ms, bool *idle, GError **error)
{
    struct asked *a = (struct asked *)s;
    (void)error;
    assert_string_equal(lane, "smtp");
    assert_int_equal(urgency, URGENCY_IMMEDIATE);
    assert_int_equal(now_ms, NOW_MS);
    *idle = a->idle;
    a->times++;
    return true;
}

static const struct store_ops ops = { .queue_is_idle = queue_is_idle };

struct scene {
    struct lane_set lanes;
    struct asked store;
    struct plan *plan;
};

static void say(struct plan *p, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct notification *one = notification_new();
        g_free(one->lane);
        one->lane = g_strdup("smtp");
        one->id = p->notifications->len + 1;
        one->priority = notification_priority_first(URGENCY_IMMEDIATE);
        one->deadline_ms = INT64_MAX;
        g_ptr_array_add(p->notifications, one);
    }
}

static int setup(void **state)
{
    struct scene *s = g_new0(struct scene, 1);
    lane_set_init(&s->lanes);
    s->store = (struct asked){ .base = { &ops }, .idle = true };
    s->plan = plan_new();
    say(s->plan, WINDOW + 2);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct scene *s = *state;
    plan_free(s->plan);
    lane_set_clear(&s->lanes);
    g_free(s);
    return 0;
}

static struct lane_slot *slot_of(struct scene *s)
{
    return &lane_set_get(&s->lanes, "smtp")->slots[URGENCY_IMMEDIATE];
}

static struct headstart *taken(struct scene *s)
{
    struct headstart *h = headstart_new(&s->lanes, s->plan, WINDOW);
    assert_true(headstart_take(h, &s->store.base, s->plan, NOW_MS, NULL));
    return h;
}

/* The plan was stored; how many items came of it.  They are in order. */
static guint end(struct scene *s, struct headstart *h)
{
    struct broadcast *b = broadcast_new();
    struct casefile *c = casefile_of_plan(g_new0(struct broadcast_row, 1), b, s->plan);
    g_autoptr(GPtrArray) items = headstart_end(h, &s->lanes, s->plan, c);
    g_ptr_array_set_free_func(items, (GDestroyNotify)lane_item_free);
    for (guint i = 0; i < items->len; i++) {
        const struct lane_item *one = items->pdata[i];
        assert_int_equal(one->notification->id, i + 1);
        assert_ptr_equal(one->casefile, c);
    }
    assert_int_equal(slot_of(s)->coming, 0);
    guint n = items->len;
    casefile_unref(c);
    broadcast_unref(b);
    return n;
}

static void what_the_window_has_room_for_is_taken_in_order(void **state)
{
    struct scene *s = *state;
    struct headstart *h = taken(s);
    assert_int_equal(s->store.times, 1);
    assert_int_equal(slot_of(s)->coming, WINDOW);
    assert_int_equal(end(s, h), WINDOW);
    assert_int_equal(s->plan->notifications->len, 2);
    const struct notification *left = s->plan->notifications->pdata[0];
    assert_int_equal(left->id, WINDOW + 1);
    assert_int_equal(left->state, NOTIFICATION_QUEUED);
}

static void what_waits_in_the_store_goes_first(void **state)
{
    struct scene *s = *state;
    s->store.idle = false;
    struct headstart *h = taken(s);
    assert_int_equal(s->store.times, 1);
    assert_int_equal(end(s, h), 0);
    assert_int_equal(s->plan->notifications->len, WINDOW + 2);
}

static void two_plans_share_one_window(void **state)
{
    struct scene *s = *state;
    g_ptr_array_set_size(s->plan->notifications, WINDOW - 1);
    struct headstart *first = headstart_new(&s->lanes, s->plan, WINDOW);
    struct headstart *second = headstart_new(&s->lanes, s->plan, WINDOW);
    assert_int_equal(slot_of(s)->coming, WINDOW);
    g_ptr_array_unref(headstart_end(first, &s->lanes, s->plan, NULL));
    assert_true(headstart_take(second, &s->store.base, s->plan, NOW_MS, NULL));
    assert_int_equal(end(s, second), 1);
}

static void what_is_held_leaves_less_room(void **state)
{
    struct scene *s = *state;
    slot_of(s)->held = WINDOW - 1;
    assert_int_equal(end(s, taken(s)), 1);
    slot_of(s)->held = WINDOW + 1; /* the window has become smaller */
    assert_int_equal(end(s, taken(s)), 0);
    slot_of(s)->held = 0;
}

static void large_plans_do_not_pile_up_behind_what_is_held(void **state)
{
    struct scene *s = *state;
    for (int i = 0; i <= CLAIM_MAX_BULK; i++)
        g_ptr_array_add(s->plan->obligations, obligation_new());
    slot_of(s)->held = 1;
    assert_int_equal(end(s, taken(s)), 0);
    slot_of(s)->held = 0;
    assert_int_equal(end(s, taken(s)), WINDOW);
}

static void what_waits_for_its_hour_is_not_taken(void **state)
{
    struct scene *s = *state;
    for (guint i = 0; i < s->plan->notifications->len; i++)
        ((struct notification *)s->plan->notifications->pdata[i])->state = NOTIFICATION_DEFERRED;
    assert_int_equal(end(s, taken(s)), 0);
    assert_int_equal(s->store.times, 0);
}

static void of_what_was_not_stored_nothing_comes(void **state)
{
    struct scene *s = *state;
    struct headstart *h = taken(s);
    g_autoptr(GPtrArray) none = headstart_end(h, &s->lanes, s->plan, NULL);
    assert_int_equal(none->len, 0);
    assert_int_equal(slot_of(s)->coming, 0);
    assert_int_equal(s->plan->notifications->len, WINDOW + 2);
}

#define EACH(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(what_the_window_has_room_for_is_taken_in_order),
        EACH(what_waits_in_the_store_goes_first),
        EACH(two_plans_share_one_window),
        EACH(what_is_held_leaves_less_room),
        EACH(large_plans_do_not_pile_up_behind_what_is_held),
        EACH(what_waits_for_its_hour_is_not_taken),
        EACH(of_what_was_not_stored_nothing_comes),
    };
    return cmocka_run_group_tests_name("headstart", tests, NULL, NULL);
}

/* Who gives way where there are too many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/crowd.h"

#define MEMBERS 200

struct place {
    struct crowd *crowd;
    struct crowd_member m[MEMBERS];
};

static int set_up(void **state)
{
    struct place *p = g_new0(struct place, 1);
    p->crowd = crowd_new();
    for (int i = 0; i < MEMBERS; i++)
        p->m[i].owner = &p->m[i];
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    crowd_free(p->crowd);
    g_free(p);
    return 0;
}

static void come(struct place *p, int i, const char *network)
{
    crowd_enter(p->crowd, &p->m[i]);
    if (network)
        crowd_name(p->crowd, &p->m[i], network);
}

static void nobody_goes_where_nobody_is(void **state)
{
    struct place *p = *state;
    assert_null(crowd_first(p->crowd));
    come(p, 0, "a");
    crowd_leave(p->crowd, &p->m[0]);
    crowd_leave(p->crowd, &p->m[0]);
    assert_null(crowd_first(p->crowd));
}

static void among_strangers_the_longest_waiting_goes(void **state)
{
    struct place *p = *state;
    come(p, 0, "a");
    come(p, 1, NULL);
    come(p, 2, "b");
    assert_ptr_equal(crowd_first(p->crowd), &p->m[0]);
    crowd_enter(p->crowd, &p->m[0]); /* it was served, and waits anew */
    assert_ptr_equal(crowd_first(p->crowd), &p->m[1]);
}

static void a_flood_from_one_network_crowds_out_itself(void **state)
{
    struct place *p = *state;
    come(p, 0, "good");
    for (int i = 1; i < MEMBERS; i++)
        come(p, i, "flood");
    for (int i = 1; i < MEMBERS - 1; i++) {
        struct crowd_member *first = crowd_first(p->crowd);
        assert_ptr_equal(first, &p->m[i]);
        crowd_forget(p->crowd, first);
    }
    assert_ptr_equal(crowd_first(p->crowd), &p->m[0]); /* one each: the longest waiting */
}

static void only_those_who_wait_count(void **state)
{
    struct place *p = *state;
    come(p, 0, "a");
    for (int i = 1; i < 4; i++) {
        come(p, i, "served");
        crowd_leave(p->crowd, &p->m[i]);
    }
    come(p, 4, "served");
    assert_ptr_equal(crowd_first(p->crowd), &p->m[0]);
    crowd_enter(p->crowd, &p->m[1]);
    assert_ptr_equal(crowd_first(p->crowd), &p->m[4]);
}

/* Names come a little later than members, and a name may be borne again once nobody bears it. */
static void a_name_counts_from_when_it_is_known(void **state)
{
    struct place *p = *state;
    come(p, 0, "a");
    come(p, 1, NULL);
    come(p, 2, "b");
    assert_ptr_equal(crowd_first(p->crowd), &p->m[0]);
    crowd_name(p->crowd, &p->m[1], "b");
    assert_ptr_equal(crowd_first(p->crowd), &p->m[1]);
    crowd_forget(p->crowd, &p->m[1]);
    crowd_forget(p->crowd, &p->m[2]);
    come(p, 2, "b");
    assert_ptr_equal(crowd_first(p->crowd), &p->m[0]);
}

static bool is_third(const struct crowd_member *m)
{
    static int n;
    (void)m;
    return ++n == 3;
}

static void whom_it_fits_is_found_in_the_order_of_waiting(void **state)
{
    struct place *p = *state;
    for (int i = 0; i < 5; i++)
        come(p, i, "a");
    assert_ptr_equal(crowd_find(p->crowd, is_third)->owner, &p->m[2]);
    assert_null(crowd_find(p->crowd, is_third));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(nobody_goes_where_nobody_is),
        TEST(among_strangers_the_longest_waiting_goes),
        TEST(a_flood_from_one_network_crowds_out_itself),
        TEST(only_those_who_wait_count),
        TEST(a_name_counts_from_when_it_is_known),
        TEST(whom_it_fits_is_found_in_the_order_of_waiting),
    };
    return cmocka_run_group_tests_name("crowd", tests, NULL, NULL);
}

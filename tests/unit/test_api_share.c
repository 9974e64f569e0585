/* Who gives way where a listener's connections or memory are used up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/http_share.h"

#define MEMBERS 4
#define HELD 10000
#define MANY 100

struct place {
    struct http_share *share;
    struct http_sharer m[MANY];
    bool gone[MANY]; /* told to give way */
    bool room;
};

static int index_of(const struct place *p, const void *owner)
{
    return (int)((const struct http_sharer *)owner - p->m);
}

static void note_room(bool is_there, void *ctx)
{
    ((struct place *)ctx)->room = is_there;
}

static void note_gone(void *owner, void *ctx)
{
    struct place *p = ctx;
    p->gone[index_of(p, owner)] = true;
}

static char *name_of(void *owner, void *ctx)
{
    (void)owner, (void)ctx;
    return g_strdup("192.0.2.7");
}

static int set_up(void **state)
{
    struct place *p = g_new0(struct place, 1);
    p->share = http_share_new(&(struct http_share_limits){ MEMBERS, HELD },
                              &(struct http_share_hooks){ note_room, note_gone, name_of, p });
    p->room = true;
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    http_share_free(p->share);
    g_free(p);
    return 0;
}

static void join(struct place *p, int first, int n)
{
    for (int i = first; i < first + n; i++)
        http_share_join(p->share, &p->m[i], &p->m[i]);
}

static void one_more_than_there_may_be_sends_the_first_away(void **state)
{
    struct place *p = *state;
    join(p, 0, MEMBERS);
    assert_false(p->gone[0]);
    join(p, MEMBERS, 1);
    assert_true(p->gone[0]);
    assert_false(p->gone[1]);
    assert_true(p->room);
}

static void where_all_are_served_there_is_no_room(void **state)
{
    struct place *p = *state;
    join(p, 0, MEMBERS);
    for (int i = 0; i < MEMBERS; i++)
        http_share_serve(p->share, &p->m[i], true);
    assert_false(p->room);
    http_share_await(p->share, &p->m[2]); /* answered: it could give way now */
    assert_true(p->room);
    http_share_serve(p->share, &p->m[2], true);
    assert_false(p->room);
    http_share_part(p->share, &p->m[0]);
    assert_true(p->room);
}

/* A flood within one turn of the loop is let in only so far. */
static void who_was_told_to_go_has_to_go_before_many_more_come(void **state)
{
    struct place *p = *state;
    int i = 0;
    for (; i < MANY && p->room; i++)
        join(p, i, 1);
    assert_in_range(i, MEMBERS + 10, MANY - 10);
    http_share_part(p->share, &p->m[0]);
    assert_true(p->room);
}

static void whose_request_is_whole_may_stay(void **state)
{
    struct place *p = *state;
    join(p, 0, MEMBERS + 1);
    assert_true(p->m[0].is_leaving);
    http_share_serve(p->share, &p->m[0], false);
    assert_true(p->m[0].is_leaving);
    http_share_serve(p->share, &p->m[0], true);
    assert_false(p->m[0].is_leaving);
}

static void who_has_held_longest_goes_until_there_is_memory(void **state)
{
    struct place *p = *state;
    join(p, 0, 4);
    http_share_hold(p->share, &p->m[1], HELD / 3);
    http_share_hold(p->share, &p->m[2], HELD / 3);
    assert_false(p->gone[1]);
    http_share_hold(p->share, &p->m[3], HELD / 3);
    assert_false(p->gone[0]); /* it holds nothing */
    assert_true(p->gone[1]);
    assert_false(p->gone[2] || p->gone[3]);
    assert_int_equal(p->m[1].held, 0);
}

/* What a request holds counts until it is answered, but nobody is sent away while being served. */
static void who_is_served_keeps_its_memory(void **state)
{
    struct place *p = *state;
    join(p, 0, 2);
    http_share_hold(p->share, &p->m[0], HELD - 2000);
    http_share_serve(p->share, &p->m[0], true);
    http_share_hold(p->share, &p->m[1], 1000);
    assert_false(p->gone[0]);
    assert_true(p->gone[1]);
    http_share_release(p->share, &p->m[0]);
    join(p, 2, 1);
    http_share_hold(p->share, &p->m[2], HELD - 2000);
    assert_false(p->gone[2]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(one_more_than_there_may_be_sends_the_first_away),
        TEST(where_all_are_served_there_is_no_room),
        TEST(who_was_told_to_go_has_to_go_before_many_more_come),
        TEST(whose_request_is_whole_may_stay),
        TEST(who_has_held_longest_goes_until_there_is_memory),
        TEST(who_is_served_keeps_its_memory),
    };
    return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}

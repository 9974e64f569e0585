#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/gate.h"

static int set_up(void **state)
{
    *state = gate_new();
    return 0;
}

static int tear_down(void **state)
{
    gate_free(*state);
    return 0;
}

static void a_network_asks_for_so_many_pages_and_then_one_a_second(void **state)
{
    for (int i = 0; i < GATE_PAGES_BURST; i++)
        assert_int_equal(gate_enter(*state, "a", 0), 0);
    assert_int_equal(gate_enter(*state, "a", 0), 1000);
    assert_int_equal(gate_enter(*state, "b", 0), 0);
    assert_int_equal(gate_enter(*state, "a", 1000), 0);
    assert_int_equal(gate_enter(*state, "a", 1000), 1000);
}

static void a_link_that_was_guessed_at_is_locked_for_everybody(void **state)
{
    for (int i = 0; i < GATE_LINK_TRIES; i++) {
        assert_int_equal(gate_try(*state, "a", "link", 0), 0);
        gate_wrong(*state, "a", 0);
    }
    assert_int_equal(gate_try(*state, "a", "link", 0), GATE_LINK_LOCK_MS);
    assert_int_equal(gate_try(*state, "b", "link", 0), GATE_LINK_LOCK_MS);
    assert_int_equal(gate_try(*state, "a", "another", 0), 0);
    assert_int_equal(gate_try(*state, "a", "link", GATE_LINK_LOCK_MS), 0);
}

static void who_guesses_at_many_links_is_stopped_by_address(void **state)
{
    for (int i = 0; i < GATE_WRONG_BURST; i++) {
        assert_int_equal(gate_try(*state, "a", NULL, 0), 0);
        gate_wrong(*state, "a", 0);
    }
    assert_int_equal(gate_try(*state, "a", NULL, 0), 60000);
    assert_int_equal(gate_try(*state, "a", "a fresh link", 0), 60000);
    assert_int_equal(gate_try(*state, "b", NULL, 0), 0);
}

static void the_right_code_forgets_the_wrong_ones_of_its_link(void **state)
{
    for (int i = 0; i < GATE_LINK_TRIES; i++)
        assert_int_equal(gate_try(*state, "a", "link", 0), 0);
    gate_right(*state, "link");
    for (int i = 0; i < GATE_LINK_TRIES; i++)
        assert_int_equal(gate_try(*state, "a", "link", 0), 0);
    assert_int_equal(gate_try(*state, "a", "link", 0), GATE_LINK_LOCK_MS);
}

static void what_is_on_its_way_counts_until_it_is_known_what_it_was(void **state)
{
    for (int i = 0; i < GATE_LINK_TRIES; i++)
        assert_int_equal(gate_try(*state, "a", "link", 0), 0);
    assert_int_equal(gate_try(*state, "b", "link", 0), GATE_LINK_LOCK_MS);
    gate_untried(*state, "link"); /* two of them: the store was away */
    gate_untried(*state, "link");
    for (int i = 0; i < 2; i++)
        assert_int_equal(gate_try(*state, "b", "link", 0), 0);
    assert_int_equal(gate_try(*state, "b", "link", 0), GATE_LINK_LOCK_MS);
    for (int i = 0; i < 3 * GATE_LINK_TRIES; i++) {
        assert_int_equal(gate_try(*state, "a", "another", 0), 0);
        gate_untried(*state, "another");
    }
}

static void who_guesses_at_tokens_is_stopped_but_not_its_neighbour(void **state)
{
    gate_token_right(*state, "proven", 0);
    for (int i = 0; i < GATE_WRONG_BURST; i++) {
        assert_int_equal(gate_token_wait(*state, "a", "guess", 0), 0);
        gate_token_wrong(*state, "a", 0);
    }
    assert_int_equal(gate_token_wait(*state, "a", "guess", 0), 60000);
    assert_int_equal(gate_token_wait(*state, "a", "proven", 0), 0);
    assert_int_equal(gate_token_wait(*state, "b", "guess", 0), 0);
    assert_int_equal(gate_token_wait(*state, "a", "guess", 60000), 0);
    assert_int_equal(gate_try(*state, "a", NULL, 0), 0); /* the pages count on their own */
}

static void a_mission_opens_so_many_matters_and_then_one_a_minute(void **state)
{
    for (int i = 0; i < GATE_MATTERS_BURST; i++)
        assert_int_equal(gate_matter(*state, "fr-chicago", 0), 0);
    assert_int_equal(gate_matter(*state, "fr-chicago", 0), 60000);
    assert_int_equal(gate_matter(*state, "mx-chicago", 0), 0);
    assert_int_equal(gate_matter(*state, "fr-chicago", 60000), 0);
}

static void a_token_is_proven_for_an_hour(void **state)
{
    const int64_t hour_ms = INT64_C(3600) * 1000;
    for (int i = 0; i < 1000; i++)
        gate_token_right(*state, "proven", 0); /* used often, not for ever */
    for (int i = 0; i < 2 * GATE_WRONG_BURST; i++)
        gate_token_wrong(*state, "a", hour_ms);
    assert_int_equal(gate_token_wait(*state, "a", "proven", hour_ms - 1), 0);
    assert_true(gate_token_wait(*state, "a", "proven", hour_ms) > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_network_asks_for_so_many_pages_and_then_one_a_second),
        TEST(a_link_that_was_guessed_at_is_locked_for_everybody),
        TEST(who_guesses_at_many_links_is_stopped_by_address),
        TEST(the_right_code_forgets_the_wrong_ones_of_its_link),
        TEST(what_is_on_its_way_counts_until_it_is_known_what_it_was),
        TEST(who_guesses_at_tokens_is_stopped_but_not_its_neighbour),
        TEST(a_token_is_proven_for_an_hour),
        TEST(a_mission_opens_so_many_matters_and_then_one_a_minute),
    };
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}

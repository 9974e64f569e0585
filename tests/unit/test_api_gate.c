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
        assert_int_equal(gate_wait(*state, "a", "link", 0), 0);
        gate_wrong(*state, "a", "link", 0);
    }
    assert_int_equal(gate_wait(*state, "a", "link", 0), GATE_LINK_LOCK_MS);
    assert_int_equal(gate_wait(*state, "b", "link", 0), GATE_LINK_LOCK_MS);
    assert_int_equal(gate_wait(*state, "a", "another", 0), 0);
    assert_int_equal(gate_wait(*state, "a", "link", GATE_LINK_LOCK_MS), 0);
}

static void who_guesses_at_many_links_is_stopped_by_address(void **state)
{
    for (int i = 0; i < GATE_WRONG_BURST; i++) {
        assert_int_equal(gate_wait(*state, "a", NULL, 0), 0);
        gate_wrong(*state, "a", NULL, 0);
    }
    assert_int_equal(gate_wait(*state, "a", NULL, 0), 60000);
    assert_int_equal(gate_wait(*state, "a", "a fresh link", 0), 60000);
    assert_int_equal(gate_wait(*state, "b", NULL, 0), 0);
}

static void the_right_code_forgets_the_wrong_ones_of_its_link(void **state)
{
    for (int i = 0; i < GATE_LINK_TRIES - 1; i++)
        gate_wrong(*state, "a", "link", 0);
    gate_right(*state, "link");
    gate_wrong(*state, "a", "link", 0);
    assert_int_equal(gate_wait(*state, "a", "link", 0), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_network_asks_for_so_many_pages_and_then_one_a_second),
        TEST(a_link_that_was_guessed_at_is_locked_for_everybody),
        TEST(who_guesses_at_many_links_is_stopped_by_address),
        TEST(the_right_code_forgets_the_wrong_ones_of_its_link),
    };
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}

#include "base/clock.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

static void system_wall_clock_is_the_time(void **state)
{
    (void)state;
    const struct clock *c = clock_system();
    int64_t before = (int64_t)time(NULL) * 1000;
    int64_t now = c->now_ms(c);
    assert_true(now >= before - 1000);
    assert_true(now < before + 60000);
}

static void system_monotonic_clock_never_goes_back(void **state)
{
    (void)state;
    const struct clock *c = clock_system();
    int64_t last = c->monotonic_ms(c);
    for (int i = 0; i < 1000; i++) {
        int64_t now = c->monotonic_ms(c);
        assert_true(now >= last);
        last = now;
    }
}

static void fake_clock_stands_until_told(void **state)
{
    (void)state;
    struct clock_fake f = clock_fake_at(1353681000000);
    const struct clock *c = &f.clock;
    assert_int_equal(c->now_ms(c), 1353681000000);
    assert_int_equal(c->now_ms(c), 1353681000000);
    assert_int_equal(c->monotonic_ms(c), 0);
    clock_fake_advance(&f, 7200000);
    assert_int_equal(c->now_ms(c), 1353688200000);
    assert_int_equal(c->monotonic_ms(c), 7200000);
    f.wall_ms -= 3600000; /* the wall clock may step, the other does not notice */
    assert_int_equal(c->now_ms(c), 1353684600000);
    assert_int_equal(c->monotonic_ms(c), 7200000);
}

static void a_step_is_told_once_and_a_slewed_clock_never(void **state)
{
    static const struct {
        const char *name;
        int64_t mono_ms, wall_ms, want_ms;
    } rows[] = {
        { "a second passes", 1000, 1000, 0 },
        { "the clock is slewed", 1000, 1001, 0 },
        { "nearly a step forward", 1000, 1000 + CLOCK_STEP_MS - 1, 0 },
        { "a step forward", 1000, 1000 + CLOCK_STEP_MS, CLOCK_STEP_MS },
        { "a day forward", 1000, 86401000, 86400000 },
        { "set back by an hour", 1000, -3599000, -3600000 },
        { "nearly a step back", 1000, 1001 - CLOCK_STEP_MS, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct clock_fake f = clock_fake_at(1353681000000);
        struct clock_mark m = clock_mark_now(&f.clock);
        f.mono_ms += rows[i].mono_ms;
        f.wall_ms += rows[i].wall_ms;
        int64_t first_ms = clock_stepped_ms(&m, &f.clock);
        clock_fake_advance(&f, 1000);
        int64_t second_ms = clock_stepped_ms(&m, &f.clock);
        if (first_ms != rows[i].want_ms || second_ms != 0)
            fail_msg("%s: %d, then %d", rows[i].name, (int)first_ms, (int)second_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(system_wall_clock_is_the_time),
        cmocka_unit_test(system_monotonic_clock_never_goes_back),
        cmocka_unit_test(fake_clock_stands_until_told),
        cmocka_unit_test(a_step_is_told_once_and_a_slewed_clock_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

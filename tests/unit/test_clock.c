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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(system_wall_clock_is_the_time),
        cmocka_unit_test(system_monotonic_clock_never_goes_back),
        cmocka_unit_test(fake_clock_stands_until_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

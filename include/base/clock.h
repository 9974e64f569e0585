/*
 * clock - the time, handed to whoever needs it, so that tests can own it.
 *
 * Times are milliseconds since 1970-01-01T00:00:00Z.  Nothing below main asks the operating system
 * for the time except through a struct clock.  Monotonic time has no epoch and only measures spans.
 */
#pragma once
#include <stdint.h>

struct clock {
    int64_t (*now_ms)(const struct clock *c);       /* wall clock, UTC; may step */
    int64_t (*monotonic_ms)(const struct clock *c); /* never goes back */
};

/* The operating system's clocks.  Static storage, valid for ever, any thread. */
const struct clock *clock_system(void);

/*
 * Steps of the wall clock: by how many milliseconds its progress since the last look differs from
 * the monotonic clock's, negative where it was set back; 0: by less than CLOCK_STEP_MS, as a clock
 * does that is only slewed.  Each look starts anew.
 */
#define CLOCK_STEP_MS 2000
struct clock_mark {
    int64_t wall_ms, mono_ms;
};
struct clock_mark clock_mark_now(const struct clock *c);
int64_t clock_stepped_ms(struct clock_mark *m, const struct clock *c);

/* A clock that stands still until told: `struct clock_fake f = clock_fake_at(ms)`, then `&f.clock`.
 */
struct clock_fake {
    struct clock clock; /* first member, so that a struct clock * is a struct clock_fake * */
    int64_t wall_ms, mono_ms;
};
struct clock_fake clock_fake_at(int64_t wall_ms);
void clock_fake_advance(struct clock_fake *f, int64_t by_ms); /* moves both */

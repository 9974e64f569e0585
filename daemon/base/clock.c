#include "base/clock.h"
#include <time.h>

static int64_t read_ms(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t system_now_ms(const struct clock *c)
{
    (void)c;
    return read_ms(CLOCK_REALTIME);
}

static int64_t system_monotonic_ms(const struct clock *c)
{
    (void)c;
    return read_ms(CLOCK_MONOTONIC);
}

const struct clock *clock_system(void)
{
    static const struct clock os = { system_now_ms, system_monotonic_ms };
    return &os;
}

static int64_t fake_now_ms(const struct clock *c)
{
    return ((const struct clock_fake *)c)->wall_ms;
}

static int64_t fake_monotonic_ms(const struct clock *c)
{
    return ((const struct clock_fake *)c)->mono_ms;
}

struct clock_fake clock_fake_at(int64_t wall_ms)
{
    return (struct clock_fake){ .clock = { fake_now_ms, fake_monotonic_ms }, .wall_ms = wall_ms };
}

void clock_fake_advance(struct clock_fake *f, int64_t by_ms)
{
    f->wall_ms += by_ms;
    f->mono_ms += by_ms;
}

struct clock_mark clock_mark_now(const struct clock *c)
{
    return (struct clock_mark){ .wall_ms = c->now_ms(c), .mono_ms = c->monotonic_ms(c) };
}

int64_t clock_stepped_ms(struct clock_mark *m, const struct clock *c)
{
    struct clock_mark now = clock_mark_now(c);
    int64_t by_ms = (now.wall_ms - m->wall_ms) - (now.mono_ms - m->mono_ms);
    *m = now;
    return by_ms >= CLOCK_STEP_MS || by_ms <= -CLOCK_STEP_MS ? by_ms : 0;
}

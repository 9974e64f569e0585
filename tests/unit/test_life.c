#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/life.h"

#define AT INT64_C(1795444200000) /* 2026-11-23T14:30:00Z */
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define YEAR (365 * 24 * HOUR)

static const struct life_policy policy = {
    .deadline_s = { [URGENCY_IMMEDIATE] = 3600, [URGENCY_FUTURE] = 7200 },
};

static const struct row { /* times from AT; expires and effective 0: not given */
    const char *name;
    enum broadcast_urgency urgency;
    enum broadcast_type type;
    int64_t sent, effective, expires;
    int64_t deadline, held; /* held 0: not */
    bool ahead, stale;
} rows[] = {
    { "sent now, an hour is left", URGENCY_IMMEDIATE, TYPE_ALERT, 0, 0, 0, HOUR, 0, false, false },
    { "the urgency decides how long", URGENCY_FUTURE, TYPE_ALERT, 0, 0, 0, 2 * HOUR, 0, false,
      false },
    { "expires is the deadline", URGENCY_IMMEDIATE, TYPE_ALERT, 0, 0, MINUTE, MINUTE, 0, false,
      false },
    { "a sent before now costs nothing", URGENCY_IMMEDIATE, TYPE_ALERT, -50 * MINUTE, 0, 0, HOUR, 0,
      false, false },
    { "a sent ahead of now gives nothing", URGENCY_IMMEDIATE, TYPE_ALERT, 15 * MINUTE, 0, 0, HOUR,
      0, false, false },
    { "further ahead is no clock's difference", URGENCY_IMMEDIATE, TYPE_ALERT, 15 * MINUTE + 1, 0,
      0, HOUR, 0, true, false },
    { "a sent of next year gives nothing either", URGENCY_IMMEDIATE, TYPE_ALERT, YEAR, 0, 0, HOUR,
      0, true, false },
    { "effective begins its life", URGENCY_IMMEDIATE, TYPE_ALERT, 0, 3 * HOUR, 0, 4 * HOUR,
      3 * HOUR, false, false },
    { "effective does not move expires", URGENCY_IMMEDIATE, TYPE_ALERT, 0, 3 * HOUR, 5 * HOUR,
      5 * HOUR, 3 * HOUR, false, false },
    { "an effective that has passed holds nothing", URGENCY_IMMEDIATE, TYPE_ALERT, 0, -1, 0, HOUR,
      0, false, false },
    { "older than its life is stale", URGENCY_IMMEDIATE, TYPE_ALERT, -HOUR, 0, 0, HOUR, 0, false,
      true },
    { "as an update too", URGENCY_IMMEDIATE, TYPE_UPDATE, -YEAR, 0, 0, HOUR, 0, false, true },
    { "a cancel is never stale", URGENCY_IMMEDIATE, TYPE_CANCEL, -YEAR, 0, 0, HOUR, 0, false,
      false },
    { "with expires it is as its sender says", URGENCY_IMMEDIATE, TYPE_ALERT, -YEAR, 0, HOUR, HOUR,
      0, false, false },
    { "written long ago for later is not stale", URGENCY_IMMEDIATE, TYPE_ALERT, -YEAR, HOUR, 0,
      2 * HOUR, HOUR, false, false },
};

static void every_time_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        struct broadcast b = { .urgency = r->urgency, .type = r->type, .sent.ms = AT + r->sent };
        b.effective.ms = r->effective ? AT + r->effective : 0;
        b.expires.ms = r->expires ? AT + r->expires : 0;
        int64_t held_ms = life_held_until_ms(&b, AT);
        if (life_deadline_ms(&b, AT, &policy) != AT + r->deadline ||
            held_ms != (r->held ? AT + r->held : 0) || life_is_ahead(&b, AT) != r->ahead ||
            life_is_stale(&b, AT, &policy) != r->stale)
            fail_msg("%s", r->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_time_is_judged) };
    return cmocka_run_group_tests_name("the life of a broadcast", tests, NULL, NULL);
}

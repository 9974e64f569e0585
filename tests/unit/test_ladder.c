#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/ladder.h"

#define U(u) (1u << URGENCY_##u)
#define S(s) (1u << OBLIGATION_##s)

/* In no order of time, as a person may write it. */
static const struct ladder_step steps[] = {
    { U(IMMEDIATE), THREAT_LOW, S(OPEN) | S(REACHED), LADDER_DUTY, 600, 0, 1 },
    { U(IMMEDIATE), THREAT_LOW, S(REACHED), LADDER_REPRESENTATIVE, 180, 180, 3 },
    { U(IMMEDIATE) | U(EXPECTED), THREAT_HIGH, S(UNREACHABLE), LADDER_PARTNER, 360, 0, 1 },
    { U(EXPECTED), THREAT_LOW, S(REACHED), LADDER_OFFICE, 0, 60, 2 },
};

static const struct next_row {
    const char *name;
    enum broadcast_urgency u;
    enum threat_level t;
    int64_t behind_s, want_s;
} next_rows[] = {
    { "the first firing of all", URGENCY_IMMEDIATE, THREAT_LOW, LADDER_NOTHING_YET, 180 },
    { "a firing is the next until it was taken", URGENCY_IMMEDIATE, THREAT_LOW, 179, 180 },
    { "the second of a step", URGENCY_IMMEDIATE, THREAT_LOW, 180, 360 },
    { "the last of a step", URGENCY_IMMEDIATE, THREAT_LOW, 360, 540 },
    { "no step fires more often than it says", URGENCY_IMMEDIATE, THREAT_LOW, 540, 600 },
    { "the end", URGENCY_IMMEDIATE, THREAT_LOW, 600, LADDER_NONE },
    { "long after the end", URGENCY_IMMEDIATE, THREAT_LOW, INT64_MAX - 1, LADDER_NONE },
    { "a step for a higher threat level is passed over", URGENCY_EXPECTED, THREAT_MEDIUM, 60,
      LADDER_NONE },
    { "it is taken for that level", URGENCY_EXPECTED, THREAT_HIGH, 60, 360 },
    { "and above", URGENCY_EXPECTED, THREAT_CRITICAL, 60, 360 },
    { "at the beginning itself", URGENCY_EXPECTED, THREAT_LOW, LADDER_NOTHING_YET, 0 },
    { "an urgency without a step", URGENCY_PAST, THREAT_CRITICAL, LADDER_NOTHING_YET, LADDER_NONE },
};

static void the_next_firing(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(next_rows); i++) {
        const struct next_row *r = &next_rows[i];
        int64_t got = ladder_next_s(steps, G_N_ELEMENTS(steps), r->u, r->t, r->behind_s);
        if (got != r->want_s)
            fail_msg("%s: after %" G_GINT64_FORMAT " s", r->name, got);
    }
    assert_true(ladder_next_s(NULL, 0, URGENCY_IMMEDIATE, THREAT_LOW, -1) == LADDER_NONE);
}

#define W(w) (1u << LADDER_##w)

static const struct fired_row {
    const char *name;
    enum threat_level t;
    enum obligation_state state;
    int64_t behind_s, upto_s;
    unsigned want;
} fired_rows[] = {
    { "nothing before its time", THREAT_LOW, OBLIGATION_REACHED, -1, 179, 0 },
    { "on its second", THREAT_LOW, OBLIGATION_REACHED, -1, 180, W(REPRESENTATIVE) },
    { "not a second time", THREAT_LOW, OBLIGATION_REACHED, 180, 359, 0 },
    { "not in that state", THREAT_LOW, OBLIGATION_OPEN, -1, 180, 0 },
    { "several that fell due together are one", THREAT_LOW, OBLIGATION_REACHED, -1, 540,
      W(REPRESENTATIVE) },
    { "two steps that fell due together", THREAT_LOW, OBLIGATION_REACHED, 180, 600,
      W(REPRESENTATIVE) | W(DUTY) },
    { "after a long rest only what was not taken", THREAT_LOW, OBLIGATION_REACHED, 540, 86400,
      W(DUTY) },
    { "what is unreachable", THREAT_HIGH, OBLIGATION_UNREACHABLE, -1, 86400, W(PARTNER) },
    { "what is unreachable under a lower threat", THREAT_LOW, OBLIGATION_UNREACHABLE, -1, 86400,
      0 },
    { "nobody who has acknowledged", THREAT_CRITICAL, OBLIGATION_ACKNOWLEDGED, -1, 86400, 0 },
    { "nothing in an empty time", THREAT_LOW, OBLIGATION_REACHED, 180, 180, 0 },
};

static void whom_the_firings_concern(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(fired_rows); i++) {
        const struct fired_row *r = &fired_rows[i];
        unsigned got = ladder_fired(steps, G_N_ELEMENTS(steps), URGENCY_IMMEDIATE, r->t, r->state,
                                    r->behind_s, r->upto_s);
        if (got != r->want)
            fail_msg("%s: %#x", r->name, got);
    }
}

/* However the times of looking fall, each firing is seen exactly once. */
static void each_firing_is_taken_once(void **state)
{
    (void)state;
    g_autoptr(GRand) dice = g_rand_new_with_seed(4);
    for (unsigned series = 0; series < 500; series++) {
        int64_t behind_s = LADDER_NOTHING_YET, next_s;
        unsigned taken[LADDER_PARTNER + 1] = { 0 };
        while ((next_s = ladder_next_s(steps, G_N_ELEMENTS(steps), URGENCY_IMMEDIATE, THREAT_LOW,
                                       behind_s)) != LADDER_NONE) {
            assert_true(next_s > behind_s);
            int64_t early_s = g_rand_int_range(dice, (gint32)behind_s + 1, (gint32)next_s + 1);
            unsigned whom = ladder_fired(steps, G_N_ELEMENTS(steps), URGENCY_IMMEDIATE, THREAT_LOW,
                                         OBLIGATION_REACHED, behind_s, early_s);
            assert_int_equal(whom != 0, early_s == next_s);
            behind_s = early_s;
            for (int w = 0; w <= LADDER_PARTNER; w++)
                taken[w] += whom >> w & 1;
        }
        assert_int_equal(taken[LADDER_REPRESENTATIVE], 3);
        assert_int_equal(taken[LADDER_DUTY], 1);
        assert_int_equal(taken[LADDER_PARTNER], 0);
    }
}

static void everybody_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(ladder_whom_names[LADDER_NEXT_REPRESENTATIVE], "next-representative");
    assert_string_equal(ladder_whom_names[LADDER_COMMAND_CENTER], "command-center");
    assert_null(ladder_whom_names[LADDER_PARTNER + 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_firing),
        cmocka_unit_test(whom_the_firings_concern),
        cmocka_unit_test(each_firing_is_taken_once),
        cmocka_unit_test(everybody_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/retry.h"

#define NOW INT64_C(1342445400000)
#define HOUR INT64_C(3600000)

static const struct due_row {
    const char *name;
    enum outcome_kind kind;
    unsigned attempt, roll, jitter_pct;
    int64_t retry_after_ms, life_ms, want_ms; /* life and want counted from NOW; -1: never */
} due_rows[] = {
    { "the second attempt follows at once", OUTCOME_DEFERRED, 1, 500, 0, 0, HOUR, 0 },
    { "the third waits two seconds", OUTCOME_DEFERRED, 2, 500, 0, 0, HOUR, 2000 },
    { "the seventh waits forty", OUTCOME_DEFERRED, 6, 500, 0, 0, HOUR, 40000 },
    { "a long outage stays at the last wait", OUTCOME_DEFERRED, 9000, 500, 0, 0, HOUR, 60000 },
    { "what may have arrived is tried again", OUTCOME_UNKNOWN, 2, 500, 0, 0, HOUR, 2000 },
    { "what was accepted is not", OUTCOME_ACCEPTED, 1, 500, 0, 0, HOUR, -1 },
    { "what was refused is not", OUTCOME_REFUSED, 1, 500, 0, 0, HOUR, -1 },
    { "the lowest roll takes the jitter off", OUTCOME_DEFERRED, 7, 0, 20, 0, HOUR, 48000 },
    { "the highest roll adds it", OUTCOME_DEFERRED, 7, 999, 20, 0, HOUR, 72000 },
    { "a roll out of range is the highest", OUTCOME_DEFERRED, 7, 4000000, 20, 0, HOUR, 72000 },
    { "Retry-After lengthens a wait", OUTCOME_DEFERRED, 2, 500, 0, 30000, HOUR, 30000 },
    { "a short Retry-After does not shorten one", OUTCOME_DEFERRED, 7, 500, 0, 1000, HOUR, 60000 },
    { "Retry-After ends a second before the deadline", OUTCOME_DEFERRED, 1, 500, 0, 2 * HOUR, HOUR,
      HOUR - 1000 },
    { "an endless Retry-After does too", OUTCOME_DEFERRED, 1, 500, 0, INT64_MAX, HOUR,
      HOUR - 1000 },
    { "a wait beyond the deadline becomes one last try", OUTCOME_DEFERRED, 7, 500, 0, 0, 30000,
      29000 },
    { "no try in the last second", OUTCOME_DEFERRED, 1, 500, 0, 0, 1000, -1 },
    { "no try after the deadline", OUTCOME_DEFERRED, 1, 500, 0, 0, -5000, -1 },
    { "no attempt counts as the first", OUTCOME_DEFERRED, 0, 500, 0, 0, HOUR, 0 },
};

static void test_due(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(due_rows); i++) {
        const struct due_row *r = &due_rows[i];
        struct retry_policy p = { { 0, 2, 5, 10, 20, 40, 60 }, 7, r->jitter_pct };
        struct outcome *o = outcome_new(r->kind, 0, "");
        o->retry_after_ms = r->retry_after_ms;
        int64_t got = retry_due_ms(&p, o, r->attempt, r->roll, NOW, NOW + r->life_ms);
        int64_t want = r->want_ms < 0 ? RETRY_NEVER : NOW + r->want_ms;
        if (got != want)
            fail_msg("%s: due after %" G_GINT64_FORMAT " ms", r->name, got - NOW);
        outcome_free(o);
    }
}

/* Whatever the dice say, the answer lies in [now, deadline) and the series ends. */
static void test_invariant(void **state)
{
    (void)state;
    g_autoptr(GRand) dice = g_rand_new_with_seed(2012);
    struct outcome *o = outcome_new(OUTCOME_DEFERRED, 451, "later");
    for (unsigned series = 0; series < 200; series++) {
        struct retry_policy p = { { 0, 3, 30 }, 3, (uint32_t)g_rand_int_range(dice, 0, 51) };
        int64_t now = NOW, deadline = NOW + g_rand_int_range(dice, 0, 600000);
        unsigned attempt = 1;
        for (;; attempt++) {
            o->retry_after_ms = g_rand_int_range(dice, 0, 90000);
            unsigned roll = (unsigned)g_rand_int_range(dice, 0, 1000);
            int64_t due = retry_due_ms(&p, o, attempt, roll, now, deadline);
            if (due == RETRY_NEVER)
                break;
            assert_true(due >= now && due < deadline);
            assert_true(attempt < 10000);
            now = due;
        }
    }
    outcome_free(o);
}

static const struct parse_row {
    const char *name, *text;
    size_t steps; /* 0: refused */
    uint32_t last;
} parse_rows[] = {
    { "the design's schedule", "0 2 5 10 20 40 60", 7, 60 },
    { "blanks around and between", "  1   2 ", 2, 2 },
    { "sixteen waits", "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 9", 16, 9 },
    { "a day is the longest wait", "86400", 1, 86400 },
    { "seventeen are too many", "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", 0, 0 },
    { "no wait at all", "", 0, 0 },
    { "only blanks", "   ", 0, 0 },
    { "more than a day", "86401", 0, 0 },
    { "a number that would wrap", "4294967296", 0, 0 },
    { "a long number that would wrap", "18446744073709551617", 0, 0 },
    { "a sign", "-1", 0, 0 },
    { "a fraction", "1.5", 0, 0 },
    { "a comma", "1,2", 0, 0 },
    { "a unit", "5s", 0, 0 },
};

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(parse_rows); i++) {
        const struct parse_row *r = &parse_rows[i];
        struct retry_policy p = { { 77 }, 1, 25 };
        const char *why = NULL;
        bool ok = retry_policy_parse(&p, r->text, &why);
        if (ok != (r->steps > 0) || ok == (why != NULL))
            fail_msg("%s: %s", r->name, ok ? "was taken" : why);
        size_t steps = ok ? r->steps : 1;
        uint32_t last = ok ? r->last : 77;
        if (p.steps != steps || p.wait_s[steps - 1] != last || p.jitter_pct != 25)
            fail_msg("%s: %zu steps, last %u", r->name, p.steps, p.wait_s[steps - 1]);
    }
}

static void test_longest(void **state)
{
    (void)state;
    struct retry_policy p = { { 0, 2, 60, 40 }, 4, 20 };
    assert_int_equal(retry_longest_ms(&p), 72000);
    p.jitter_pct = 0;
    assert_int_equal(retry_longest_ms(&p), 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due),
        cmocka_unit_test(test_invariant),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/breaker.h"

static const struct row {
    const char *name;
    const char *story;   /* attempts by their second: "f7" failed, "s9" succeeded, "h" hastened */
    const char *changes; /* of each attempt: '.' same, D went down, d is down, U went up */
    bool open;
    int64_t immediate_s, future_s; /* when a probe may go; -1: now */
} rows[] = {
    { "nothing is known", "", "", false, -1, -1 },
    { "four failures are chance", "f0 f0 f1 f2", "....", false, -1, -1 },
    { "the fifth opens it", "f0 f0 f1 f2 f3", ".....", true, 4, 4 },
    { "a success between them closes", "f0 f0 f1 f2 s3 f4", "......", false, -1, -1 },
    { "the waits between probes double", "f0 f0 f0 f0 f0 f1 f3 f7", "........", true, 15, 15 },
    { "what was on its way is no probe", "f0 f0 f0 f0 f0 f0 f0 f0", "........", true, 1, 1 },
    { "it is down when it has failed for a minute", "f0 f0 f0 f0 f0 f1 f3 f7 f15 f31 f63",
      "..........D", true, 123, 127 },
    { "that is said once", "f0 f0 f0 f0 f0 f63 f127", ".....Dd", true, 131, 131 },
    { "a slow failure is down with the fifth", "f0 f15 f30 f45 f60", "....D", true, 61, 61 },
    { "three failures in an hour are not", "f0 f1800 f3600", "...", false, -1, -1 },
    { "immediate waits a minute at most, the rest five",
      "f0 f0 f0 f0 f0 f10 f20 f30 f40 f50 f70 f80 f90 f100", "..........Dddd", true, 160, 400 },
    { "a success brings it up", "f0 f0 f0 f0 f0 f63 s64", ".....DU", false, -1, -1 },
    { "one that was never down comes up silently", "f0 f0 f0 f0 f0 s9", "......", false, -1, -1 },
    { "a failure after that is a new story", "f0 f0 f0 f0 f0 f63 s64 f65", ".....DU.", false, -1,
      -1 },
    { "what does not wait is tried at once", "f0 f0 f0 f0 f0 f63 h", ".....D", true, -1, -1 },
    { "once", "f0 f0 f0 f0 f0 f63 h f64", ".....Dd", true, 68, 68 },
    { "where all is well haste changes nothing", "s0 h f1", "..", false, -1, -1 },
};

static char said(enum breaker_change c)
{
    static const char letters[] = { [BREAKER_SAME] = '.',
                                    [BREAKER_WENT_DOWN] = 'D',
                                    [BREAKER_IS_DOWN] = 'd',
                                    [BREAKER_WENT_UP] = 'U' };
    return letters[c];
}

static char *live(struct breaker *b, const char *story)
{
    GString *changes = g_string_new(NULL);
    g_auto(GStrv) words = g_strsplit(story, " ", -1);
    for (char **w = words; *w; w++) {
        if (**w == 'h') {
            breaker_hasten(b);
            continue;
        }
        int64_t now_ms = g_ascii_strtoll(*w + 1, NULL, 10) * 1000;
        breaker_go(b);
        g_string_append_c(changes, said(breaker_note(b, **w == 'f', now_ms)));
    }
    return g_string_free(changes, FALSE);
}

static void every_story_ends_as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        struct breaker b = { 0 };
        g_autofree char *changes = *r->story ? live(&b, r->story) : g_strdup("");
        int64_t immediate_ms = breaker_due_ms(&b, URGENCY_IMMEDIATE);
        int64_t future_ms = breaker_due_ms(&b, URGENCY_FUTURE);
        if (strcmp(changes, r->changes) != 0 || breaker_is_open(&b) != r->open ||
            immediate_ms != (r->immediate_s < 0 ? INT64_MIN : r->immediate_s * 1000) ||
            future_ms != (r->future_s < 0 ? INT64_MIN : r->future_s * 1000))
            fail_msg("%s: %s, probes at %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT, r->name,
                     changes, immediate_ms, future_ms);
    }
}

static void one_that_was_down_before_a_restart_is_probed_at_once_and_not_told_again(void **state)
{
    struct breaker b;
    (void)state;
    breaker_remember(&b, -500000);
    assert_true(breaker_is_open(&b));
    assert_true(breaker_due_ms(&b, URGENCY_FUTURE) == INT64_MIN);
    breaker_go(&b);
    assert_int_equal(breaker_note(&b, true, 1000), BREAKER_IS_DOWN);
    assert_int_equal(b.since_ms, -500000);
    assert_int_equal(breaker_note(&b, false, 2000), BREAKER_WENT_UP);
}

/* However long it lasts and whatever comes, a probe is due in time and the attempts are few. */
static void a_day_s_outage_costs_few_attempts_and_is_noticed_to_be_over(void **state)
{
    (void)state;
    for (enum broadcast_urgency u = URGENCY_IMMEDIATE; u <= URGENCY_UNKNOWN; u++) {
        struct breaker b = { 0 };
        int64_t now_ms = 0;
        unsigned attempts = 0;
        for (; now_ms < INT64_C(86400000); attempts++) {
            breaker_note(&b, true, now_ms);
            int64_t due_ms = MAX(breaker_due_ms(&b, u), now_ms);
            assert_in_range(due_ms - now_ms, 0, u == URGENCY_IMMEDIATE ? 60000 : 300000);
            now_ms = due_ms;
        }
        assert_in_range(attempts, 250, u == URGENCY_IMMEDIATE ? 1460 : 310);
    }
}

static void the_urgent_lose_patience_first(void **state)
{
    (void)state;
    assert_int_equal(breaker_patience_ms(URGENCY_IMMEDIATE), 60000);
    assert_int_equal(breaker_patience_ms(URGENCY_EXPECTED), 300000);
    assert_int_equal(breaker_patience_ms(URGENCY_UNKNOWN), 300000);
    assert_int_equal(breaker_patience_ms(URGENCY_FUTURE), 3600000);
    assert_int_equal(breaker_patience_ms(URGENCY_PAST), 3600000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_story_ends_as_the_table_says),
        cmocka_unit_test(one_that_was_down_before_a_restart_is_probed_at_once_and_not_told_again),
        cmocka_unit_test(a_day_s_outage_costs_few_attempts_and_is_noticed_to_be_over),
        cmocka_unit_test(the_urgent_lose_patience_first),
    };
    return cmocka_run_group_tests_name("breaker", tests, NULL, NULL);
}

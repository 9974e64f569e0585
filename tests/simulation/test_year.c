/*
 * As many histories as a year has days, on days all over 2026 and 2027: broadcasts of every
 * urgency, people who answer, keep silent, ask for help or are the wrong ones, endpoints that
 * refuse, a store that fails, a daemon that is killed and is away for seconds or hours.  One seed
 * is one history; those that break a promise are told with their story and run again with
 * LIAISOND_SEED=N.  LIAISOND_SEEDS says how many are tried, LIAISOND_SECONDS for how long at most,
 * LIAISOND_FIRST_SEED from which on.
 *
 * At the end, from the journal alone:
 *   every obligation of every broadcast is closed, and so is the broadcast, with one report of it;
 *   every step of the ladder was taken once, within seconds while the daemon was up, else when it
 *   came back, and none for what was acknowledged, taken or over by then;
 *   at every change of duty what still waited was handed over, once, to whom it belonged then.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>

#include "year.h"

#define YEAR_SEEDS 365
#define YEAR_SECONDS 30

struct tally {
    unsigned seeds, broken, firings, handovers;
};

static void run_seed(uint32_t seed, bool always_tell, struct tally *t)
{
    struct year y = { .seed = seed, .rand = g_rand_new_with_seed(seed) };
    y.up = g_array_new(FALSE, FALSE, sizeof(struct span));
    y.story = g_string_new(NULL);
    y.broken = g_string_new(NULL);
    g_random_set_seed(seed);
    year_live(&y);
    year_check(&y);
    t->seeds++;
    t->broken += y.broken->len > 0;
    t->firings += y.firings;
    t->handovers += y.handovers;
    if (y.broken->len > 0 || always_tell)
        printf("# seed %u\n%s# what must not be:\n%s", seed, y.story->str, y.broken->str);
    world_free(y.world);
    g_array_unref(y.up);
    g_string_free(y.story, TRUE);
    g_string_free(y.broken, TRUE);
    g_rand_free(y.rand);
}

static unsigned number_of(const char *name, unsigned fallback)
{
    const char *text = g_getenv(name);
    return text ? (unsigned)g_ascii_strtoull(text, NULL, 10) : fallback;
}

static void every_step_is_taken_once_and_in_time(void **state)
{
    (void)state;
    struct tally t = { 0 };
    unsigned one = number_of("LIAISOND_SEED", 0), first = number_of("LIAISOND_FIRST_SEED", 1);
    unsigned n = number_of("LIAISOND_SEEDS", YEAR_SEEDS);
    int64_t until_us =
        g_get_monotonic_time() + (int64_t)number_of("LIAISOND_SECONDS", YEAR_SECONDS) * 1000000;
    if (one)
        run_seed(one, true, &t);
    for (unsigned i = 0; !one && i < n && g_get_monotonic_time() < until_us; i++)
        run_seed(first + i, false, &t);
    print_message("# %u histories, %u steps of the ladder and %u handovers were due and came\n",
                  t.seeds, t.firings, t.handovers);
    if (t.broken > 0)
        fail_msg("%u histories broke a promise; run one again with LIAISOND_SEED", t.broken);
    assert_true(t.firings > 0);
    assert_true(one || t.handovers > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_step_is_taken_once_and_in_time) };
    return cmocka_run_group_tests_name("a year of broadcasts that ask", tests, NULL, NULL);
}

/*
 * Random histories of one event on the virtual clock (life.h says what they are made of).
 *
 * LIAISOND_SEED=N runs one history and tells it; LIAISOND_SEEDS says how many are tried,
 * LIAISOND_FIRST_SEED from which, and LIAISOND_FAULTS after how many failing ones to stop.
 *
 * After every history:
 *   nobody gets an older version after a newer one, and nobody at all what was overruled;
 *   nothing is sent after it expired, or before it is effective;
 *   nothing goes out that nobody approved, that a stranger sent, or that is held;
 *   whoever had, or may have had, any version has the last word, unless the endpoint refuses;
 *   everyone whom the last word is for has it;
 *   nobody gets one message, or the same words, twice, but after an unknown outcome or a crash;
 *   whatever is sent is taken, but for a stranger's correction and a second content.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#include "life.h"

#define SEEDS 1000

static unsigned number_of(const char *name, unsigned fallback)
{
    const char *text = g_getenv(name);
    return text ? (unsigned)g_ascii_strtoull(text, NULL, 10) : fallback;
}

static bool holds(uint32_t seed)
{
    struct life l = { .seed = seed, .rand = g_rand_new_with_seed(seed) };
    g_random_set_seed(seed);
    life_imagine(&l);
    l.world = world_new(&(struct world_roster){
        .missions = LIFE_MISSIONS, .webhook_host = "hooks.example", .second_person = l.rule });
    life_live(&l);
    life_check(&l);
    bool good = !l.fault;
    if (!good || g_getenv("LIAISOND_SEED"))
        life_tell(&l);
    for (int i = 0; i < l.n; i++)
        if (l.v[i].row)
            broadcast_row_free(l.v[i].row);
    world_free(l.world);
    g_rand_free(l.rand);
    g_free(l.fault);
    g_free(l.at);
    return good;
}

static void promises_hold_in_every_history(void **state)
{
    (void)state;
    unsigned first = number_of("LIAISOND_FIRST_SEED", 1), faults = 0;
    unsigned seeds = number_of("LIAISOND_SEEDS", SEEDS), stop = number_of("LIAISOND_FAULTS", 1);
    if (g_getenv("LIAISOND_SEED")) {
        first = number_of("LIAISOND_SEED", 1);
        seeds = 1;
    }
    for (unsigned i = 0; i < seeds && faults < stop; i++)
        faults += !holds(first + i);
    if (faults)
        fail_msg("%u histories broke a promise; run one again with LIAISOND_SEED", faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(promises_hold_in_every_history) };
    return cmocka_run_group_tests_name("the life of an event on the virtual clock", tests, NULL,
                                       NULL);
}

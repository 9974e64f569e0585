/*
 * Random histories of one event on the virtual clock (life.h says what they are made of).
 *
 * LIAISOND_SEED=N runs one history and tells it; LIAISOND_WITHOUT leaves parts of it out
 * (life_cut.h).  LIAISOND_SEEDS says how many are tried, LIAISOND_FIRST_SEED from which, and
 * LIAISOND_FAULTS after how many failing ones to stop.  A failing one is made as small as it goes
 * and told.  More than the usual number tell of their progress.  In every eighth the event is
 * adrift: its links are held or late, and more crashes and fails; LIAISOND_ADRIFT says in every
 * how many, 0 in none.
 *
 * Looked at after every step and every history (the numbers are those of liaisond-promises(7)):
 *
 * 1: what was answered 201 is stored whole, with all its obligations; whoever had, or may have had,
 * any version has the last word, and everyone whom it is for, unless the endpoint refuses.
 *
 * 2: nothing is sent after it expired or before it is effective, nor once its cancel, or what
 * overrules it, is here.
 *
 * 3: nobody gets one message, or the same words, twice, but after an unknown outcome or a crash,
 * and then under the same key; one endpoint has one attempt at a time.
 *
 * 4: the journal holds every acceptance, release, attempt and answer, in order, chained, and
 * outlives a crash.
 *
 * 5: a host that is well is sent what is released within two seconds, whatever others do.
 *
 * 0: nobody gets an older version after a newer one; nothing goes out that nobody approved, that a
 * stranger sent, or that is held; whatever is sent is taken, but for a stranger's correction and a
 * second content.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

#include "life.h"

#define SEEDS 10000
#define PROGRESS_S 10

static unsigned number_of(const char *name, unsigned fallback)
{
    const char *text = g_getenv(name);
    return text ? (unsigned)g_ascii_strtoull(text, NULL, 10) : fallback;
}

static bool breaks_as_before(uint32_t seed, const struct life_cut *c, void *promise)
{
    struct life l;
    life_run(&l, seed, c);
    bool same = l.fault && l.promise == *(int *)promise;
    life_end(&l);
    return same;
}

static void tell_smallest(const struct life *l)
{
    unsigned runs;
    int promise = l->promise;
    struct life_cut c = life_shrink(l, breaks_as_before, &promise, &runs);
    struct life small;
    life_run(&small, l->seed, &c);
    g_printerr("# the smallest that breaks it, after %u tries:\n", runs);
    life_tell(&small);
    life_end(&small);
}

static bool holds(uint32_t seed)
{
    static const struct life_cut nothing;
    struct life l;
    life_run(&l, seed, &nothing);
    bool good = !l.fault;
    if (!good)
        life_tell(&l);
    life_end(&l);
    if (!good)
        tell_smallest(&l);
    return good;
}

static unsigned one_history(uint32_t seed)
{
    struct life_cut c = { 0 };
    const char *without = g_getenv("LIAISOND_WITHOUT");
    if (without && !life_cut_parse(without, &c))
        fail_msg("LIAISOND_WITHOUT=%s: parts are a0 to a63, v1 to v5, m0 to m7, peers, refused, "
                 "order, disk, steps",
                 without);
    struct life l;
    life_run(&l, seed, &c);
    life_tell(&l);
    unsigned faults = l.fault != NULL;
    life_end(&l);
    return faults;
}

static void tell_progress(unsigned done, unsigned seeds, unsigned faults)
{
    static gint64 next_us;
    if (seeds <= SEEDS || g_get_monotonic_time() < next_us)
        return;
    next_us = g_get_monotonic_time() + PROGRESS_S * G_USEC_PER_SEC;
    g_printerr("# %u of %u histories, %u broke a promise\n", done, seeds, faults);
}

static void promises_hold_in_every_history(void **state)
{
    (void)state;
    unsigned first = number_of("LIAISOND_FIRST_SEED", 1), faults = 0;
    unsigned seeds = number_of("LIAISOND_SEEDS", SEEDS), stop = number_of("LIAISOND_FAULTS", 1);
    if (g_getenv("LIAISOND_SEED")) {
        faults = one_history(number_of("LIAISOND_SEED", 1));
        seeds = 0;
    }
    for (unsigned i = 0; i < seeds && faults < stop; i++) {
        faults += !holds(first + i);
        tell_progress(i + 1, seeds, faults);
    }
    if (faults)
        fail_msg("%u histories broke a promise; run one again with LIAISOND_SEED", faults);
}

/* --- about the histories themselves --- */

#define TWICE 60

static char *digest_of(uint32_t seed)
{
    static const struct life_cut nothing;
    struct life l;
    life_run(&l, seed, &nothing);
    char *digest = life_digest(&l);
    life_end(&l);
    return digest;
}

/* With others in between, so that nothing of one is left to the next. */
static void one_seed_is_one_history_to_the_last_byte(void **state)
{
    (void)state;
    char *first[TWICE];
    for (uint32_t i = 0; i < TWICE; i++)
        first[i] = digest_of(i);
    for (uint32_t i = TWICE; i-- > 0;) {
        g_autofree char *again = digest_of(i);
        if (!g_str_equal(again, first[i]))
            fail_msg("seed %u is two histories", i);
        assert_true(i == 0 || !g_str_equal(first[i], first[i - 1]));
        g_free(first[i]);
    }
}

/* Something that needs a crash, and the alert, and an attempt that it cut off. */
static bool has_cut_off_attempt(uint32_t seed, const struct life_cut *c, void *ctx)
{
    (void)ctx;
    struct life l;
    life_run(&l, seed, c);
    bool has = false;
    for (guint i = 0; i < l.world->sent->len; i++)
        has |= ((struct sent *)g_ptr_array_index(l.world->sent, i))->crashed;
    life_end(&l);
    return has;
}

static unsigned actions_left(uint32_t seed, const struct life_cut *c)
{
    struct life l;
    unsigned left = 0;
    life_run(&l, seed, c);
    for (int i = 0; i < l.n_actions; i++)
        left += !l.actions[i].dropped;
    life_end(&l);
    return left;
}

static void what_fails_is_made_small_and_can_be_told(void **state)
{
    (void)state;
    static const struct life_cut nothing;
    unsigned runs, shrunk = 0;
    for (uint32_t seed = 1; shrunk < 3; seed++) {
        if (actions_left(seed, &nothing) < 8 || !has_cut_off_attempt(seed, &nothing, NULL))
            continue;
        struct life l;
        life_run(&l, seed, &nothing);
        life_end(&l);
        struct life_cut small = life_shrink(&l, has_cut_off_attempt, NULL, &runs), told;
        assert_true(has_cut_off_attempt(seed, &small, NULL));
        assert_in_range(actions_left(seed, &small), 2, 4); /* the alert, its release, the crash */
        g_autofree char *text = life_cut_text(&small);
        assert_true(life_cut_parse(text, &told));
        g_autofree char *again = life_cut_text(&told);
        assert_string_equal(again, text);
        shrunk++;
    }
    assert_false(life_cut_parse("a64", &(struct life_cut){ 0 }));
    assert_false(life_cut_parse("v0", &(struct life_cut){ 0 }));
    assert_false(life_cut_parse("sleep", &(struct life_cut){ 0 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_seed_is_one_history_to_the_last_byte),
        cmocka_unit_test(what_fails_is_made_small_and_can_be_told),
        cmocka_unit_test(promises_hold_in_every_history),
    };
    const struct CMUnitTest one[] = { tests[2] };
    if (g_getenv("LIAISOND_SEED"))
        return cmocka_run_group_tests_name("one life of an event", one, NULL, NULL);
    return cmocka_run_group_tests_name("the life of an event on the virtual clock", tests, NULL,
                                       NULL);
}

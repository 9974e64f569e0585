/* What a long queue may take of memory after a start, on the virtual clock: each name is a promise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/claim.h"
#include "world.h"

#define MISSIONS 1000
#define BROADCASTS 10
#define BULK                                                                                       \
    (3 * MISSIONS + 1) /* of one broadcast: missions, two representatives each, the office */

/* The most that the casefiles of one claim may be when the last one just fits. */
#define MOST_FILES ((CLAIM_MAX_BULK + BULK - 1) / BULK)

static struct reaction slow(const struct notice *n, void *ctx)
{
    (void)n;
    (void)ctx;
    return (struct reaction){ OUTCOME_ACCEPTED, 250, 30000, 0, false };
}

static struct reaction at_once(const struct notice *n, void *ctx)
{
    (void)n;
    (void)ctx;
    return (struct reaction){ OUTCOME_ACCEPTED, 250, 5, 0, false };
}

/* The notices of the office stand first in the queue, each of another broadcast. */
static struct world *world_with_a_queue(void)
{
    struct world *w = world_new(&(struct world_roster){ .missions = MISSIONS });
    w->answers = slow;
    for (int i = 0; i < BROADCASTS; i++) {
        g_autofree char *identifier = g_strdup_printf("A%d", i + 1);
        assert_int_equal(world_send(w, identifier, ""), INTAKE_ACCEPTED);
    }
    world_crash(w);
    g_ptr_array_set_size(w->sent, 0);
    world_start(w, WORLD_START_MS + 60000);
    return w;
}

static unsigned in_memory(const struct world *w)
{
    struct dispatch_stats stats;
    dispatch_stats(w->service.dispatch, &stats);
    return stats.lanes.held + stats.lanes.in_flight;
}

static unsigned notices_sent(const struct world *w)
{
    unsigned count = 0;
    for (guint i = 0; i < w->sent->len; i++)
        count += g_str_equal(((struct sent *)g_ptr_array_index(w->sent, i))->endpoint,
                             "mailto:duty@chicago.dss.example");
    return count;
}

static void of_many_broadcasts_only_some_are_in_memory(void **state)
{
    (void)state;
    struct world *w = world_with_a_queue();
    world_run_for(w, 1000);
    assert_in_range(in_memory(w), 1, MOST_FILES);
    world_free(w);
}

static void what_did_not_fit_comes_in_its_turn(void **state)
{
    (void)state;
    struct world *w = world_with_a_queue();
    w->answers = at_once;
    world_run_for(w, 2000);
    assert_int_equal(notices_sent(w), BROADCASTS);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_many_broadcasts_only_some_are_in_memory),
        cmocka_unit_test(what_did_not_fit_comes_in_its_turn),
    };
    return cmocka_run_group_tests_name("a long queue on the virtual clock", tests, NULL, NULL);
}

/* What is on its way to the store while something else comes that concerns it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/outage.h"
#include "flow/roster_keeper.h"
#include "world.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

/* --- outages --- */

static struct reaction webhooks_are_dead(const struct notice *n, void *ctx)
{
    (void)ctx;
    bool hook = n->notification->channel == CHANNEL_WEBHOOK;
    return (struct reaction){ hook ? OUTCOME_DEFERRED : OUTCOME_ACCEPTED, 0, 1, 0, false };
}

static bool is_written_down(struct world *w, const char *lane)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)outage_row_free);
    struct store *s = virtual_store_peek(w->service.store);
    bool is = false;
    assert_true(s->ops->outage_list(s, rows, NULL));
    for (guint i = 0; i < rows->len; i++)
        is = is || g_str_equal(((struct outage_row *)g_ptr_array_index(rows, i))->lane, lane);
    return is;
}

/* Of another destination there is so much to be looked at that the look is taken up again. */
static void what_is_over_as_soon_as_it_was_told_is_not_down_for_ever(void **state)
{
    (void)state;
    struct world *w = world_new(
        &(struct world_roster){ .missions = 1, .webhook_host = "x", .webhook_only = true });
    struct outages *news = outages_new(&w->service);
    w->answers = webhooks_are_dead;
    for (unsigned i = 0; i < 3 * OUTAGE_CHUNK; i++) {
        g_autofree char *name = g_strdup_printf("A%u", i);
        assert_int_equal(world_send(w, name, ""), INTAKE_ACCEPTED);
    }
    int64_t since_ms = world_now_ms(w) - 2 * MINUTE;
    outages_tell(news, "https://h1.x:443", OUTAGE_DOWN, since_ms, "no answer");
    outages_tell(news, "https://short.example:443", OUTAGE_DOWN, since_ms, "no answer");
    outages_tell(news, "https://short.example:443", OUTAGE_OVER, since_ms, "");
    world_run_for(w, 10 * SECOND);
    assert_int_equal(world_records(w, "obligation.unreachable"), 3 * OUTAGE_CHUNK);
    assert_true(is_written_down(w, "https://h1.x:443"));
    assert_false(is_written_down(w, "https://short.example:443"));
    outages_free(news);
    world_free(w);
}

/* --- endpoints that are gone --- */

#define HOOK "https://h1.x/m0001"

static struct reaction hook_is_gone_after_a_while(const struct notice *n, void *ctx)
{
    (void)ctx;
    bool hook = n->notification->channel == CHANNEL_WEBHOOK;
    return hook ? (struct reaction){ OUTCOME_REFUSED, 410, 500, 0, true }
                : (struct reaction){ OUTCOME_ACCEPTED, 250, 1, 0, false };
}

static void changed(const struct roster_result *r, void *ctx)
{
    *(bool *)ctx = !faults_any(r->faults) && !r->unavailable;
}

static bool is_stored_as_gone(struct world *w, const char *endpoint)
{
    g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func(g_free);
    struct store *s = virtual_store_peek(w->service.store);
    assert_true(s->ops->gone_list(s, gone, NULL));
    return g_ptr_array_find_with_equal_func(gone, endpoint, g_str_equal, NULL);
}

/* Its "gone" came first and could be stored only after it: that is what a start finds. */
static void what_is_known_of_an_endpoint_that_is_gone_is_what_is_stored_last(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 1, .webhook_host = "x" });
    bool done = false;
    w->answers = hook_is_gone_after_a_while;
    world_send(w, "A1", "");
    world_run_for(w, 400);
    virtual_store_fail(w->service.store, 1);
    world_run_for(w, 200);
    assert_true(g_hash_table_contains(dispatch_gone(w->service.dispatch), HOOK));
    assert_false(is_stored_as_gone(w, HOOK));
    roster_keeper_set(&w->service, "m0001", 1, "webhook", HOOK, "unix:test", changed, &done);
    world_run_for(w, 200);
    assert_true(done);
    world_run_for(w, MINUTE);
    assert_int_equal(world_records(w, "notification.refused"), 1);
    assert_int_equal(g_hash_table_contains(dispatch_gone(w->service.dispatch), HOOK),
                     is_stored_as_gone(w, HOOK));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_over_as_soon_as_it_was_told_is_not_down_for_ever),
        cmocka_unit_test(what_is_known_of_an_endpoint_that_is_gone_is_what_is_stored_last),
    };
    return cmocka_run_group_tests_name("what meets on its way to the store", tests, NULL, NULL);
}

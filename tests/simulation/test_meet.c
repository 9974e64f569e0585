/* What is on its way to the store while something else comes that concerns it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/outage.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_over_as_soon_as_it_was_told_is_not_down_for_ever),
    };
    return cmocka_run_group_tests_name("what meets on its way to the store", tests, NULL, NULL);
}

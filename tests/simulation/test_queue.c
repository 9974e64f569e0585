/* What a long queue may take of memory after a start, on the virtual clock: each name is a promise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/claim.h"
#include "wire/webhook_message.h"
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

/* So many are in memory that their outcomes fill what may wait for the store, which stands still.
 */
static void what_stopped_for_want_of_room_goes_on_with_the_store(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 5 * MISSIONS });
    w->answers = at_once;
    w->service.config->dispatch.window = 20 * MISSIONS;
    int64_t now_ms = world_now_ms(w);
    world_crash(w);
    world_start(w, now_ms);
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, 100);
    virtual_store_stall(w->service.store, 10000);
    world_run_for(w, 10000);
    assert_in_range(w->sent->len, 8192, 10 * MISSIONS - 1);
    world_run_for(w, 2000);
    assert_in_range(w->sent->len, 10 * MISSIONS, 10 * MISSIONS + 1);
    world_free(w);
}

/* What a program is told, the text and whom it concerns, by the key of the message. */
struct telling {
    GHashTable *told;
    unsigned again, differently;
};

static struct reaction note_what_is_told(const struct notice *n, void *ctx)
{
    struct telling *t = ctx;
    g_autoptr(GPtrArray) masters = g_ptr_array_new();
    const struct webhook_keys none = { masters };
    struct notice_forms *forms = webhook_message_forms();
    char *key = notification_message_key(n->broadcast->id, n->notification->id);
    struct webhook_message *m = webhook_message_render(n, "node", &none, forms);
    const char *before = g_hash_table_lookup(t->told, key);
    t->again += before != NULL;
    t->differently += before && !g_str_equal(before, m->body);
    g_hash_table_replace(t->told, key, g_strdup(m->body));
    webhook_message_free(m);
    notice_forms_free(forms);
    return (struct reaction){ OUTCOME_ACCEPTED, 250, -1, 0, false };
}

/* The first time it is told from what was just stored, the second time from the store. */
static void a_notice_says_the_same_after_a_crash(void **state)
{
    (void)state;
    struct world *w = world_new(
        &(struct world_roster){ .missions = 5, .webhook_host = "one.example", .acknowledge = "" });
    struct telling t = { g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free), 0, 0 };
    w->answers = note_what_is_told;
    w->ctx = &t;
    assert_int_equal(world_send(w, "A",
                                "\"expires\":\"2026-11-23T14:00:00.250-05:00\","
                                "\"incident\":\"I-1\",\"response\":[\"monitor\"]"),
                     INTAKE_ACCEPTED);
    world_run_for(w, 1);
    unsigned told = g_hash_table_size(t.told);
    assert_in_range(told, 15, 16);
    int64_t now_ms = world_now_ms(w);
    world_crash(w);
    world_start(w, now_ms);
    world_run_for(w, 1);
    assert_int_equal(t.again, told);
    assert_int_equal(t.differently, 0);
    world_free(w);
    g_hash_table_unref(t.told);
}

/* As many as the window has room for are claimed in the transaction that stores them, unless others
 * wait; what a crash keeps from going out goes out after it. */
static void what_there_is_room_for_is_claimed_as_it_is_stored(void **state)
{
    enum { ALL = 2 * MISSIONS + 1, WINDOW = 1000 };
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = MISSIONS });
    w->answers = at_once;
    w->service.config->dispatch.window = WINDOW;
    dispatch_reload(w->service.dispatch);
    assert_int_equal(world_send(w, "A1", ""), INTAKE_ACCEPTED);
    assert_int_equal(world_notifications(w, NOTIFICATION_SENDING), WINDOW);
    assert_int_equal(world_notifications(w, NOTIFICATION_QUEUED), ALL - WINDOW);
    assert_int_equal(world_send(w, "A2", ""), INTAKE_ACCEPTED);
    assert_int_equal(world_notifications(w, NOTIFICATION_QUEUED), ALL);
    assert_int_equal(world_send(w, "A3", "\"urgency\":\"future\""), INTAKE_ACCEPTED);
    assert_int_equal(world_notifications(w, NOTIFICATION_SENDING), WINDOW);
    world_crash(w);
    world_start(w, WORLD_START_MS + 60000);
    world_run_for(w, 60000);
    assert_int_equal(world_notifications(w, NOTIFICATION_ACCEPTED), ALL);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_many_broadcasts_only_some_are_in_memory),
        cmocka_unit_test(what_did_not_fit_comes_in_its_turn),
        cmocka_unit_test(what_stopped_for_want_of_room_goes_on_with_the_store),
        cmocka_unit_test(what_there_is_room_for_is_claimed_as_it_is_stored),
        cmocka_unit_test(a_notice_says_the_same_after_a_crash),
    };
    return cmocka_run_group_tests_name("a long queue on the virtual clock", tests, NULL, NULL);
}

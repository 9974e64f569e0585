/* What is on its way to the store while something else comes that concerns it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/outage.h"
#include "flow/preview.h"
#include "flow/roster_keeper.h"
#include "people.h"

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

/* --- one triple, twice --- */

static char *alert(const char *urgency, const char *headline)
{
    return g_strdup_printf(
        "{\"identifier\":\"A\",\"sender\":\"desk@dss.example\",\"sent\":\"2026-11-23T14:30:00Z\","
        "\"type\":\"alert\",\"status\":\"actual\",\"urgency\":\"%s\",\"severity\":\"severe\","
        "\"certainty\":\"likely\",\"audience\":{\"everyone\":true},\"messages\":[{\"language\":"
        "\"en\",\"headline\":\"%s\",\"description\":\"Text.\"}]}",
        urgency, headline);
}

static void one_triple_that_comes_twice_at_once_is_one_broadcast(void **state)
{
    static const struct {
        const char *name, *urgencies[2], *headlines[2];
        enum intake_kind other;
    } rows[] = {
        { "the same", { "immediate", "immediate" }, { "one", "one" }, INTAKE_KNOWN },
        { "routine", { "future", "future" }, { "one", "one" }, INTAKE_KNOWN },
        { "other words", { "immediate", "immediate" }, { "one", "two" }, INTAKE_CONFLICT },
        { "one overtakes", { "future", "immediate" }, { "one", "one" }, INTAKE_CONFLICT },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct world *w = world_new(&(struct world_roster){ .missions = 1 });
        struct world_reply replies[2];
        world_run_for(w, SECOND);
        virtual_store_stall(w->service.store, 100);
        for (size_t k = 0; k < 2; k++) {
            g_autofree char *body = alert(rows[i].urgencies[k], rows[i].headlines[k]);
            world_submit(w, PREVIEW_JSON, body, &replies[k]);
        }
        world_run_for(w, MINUTE);
        size_t first = replies[0].kind == INTAKE_ACCEPTED ? 0 : 1;
        if (replies[first].kind != INTAKE_ACCEPTED || replies[1 - first].kind != rows[i].other ||
            people_heard(w, "mailto:r1@m0001.example", "") != 1)
            fail_msg("%s: %d %d", rows[i].name, replies[0].kind, replies[1].kind);
        world_free(w);
    }
}

/* --- an answer, and what ends the question --- */

#define R1 "mailto:r1@m0001.example"

static void answered(const struct acknowledge_result *r, void *ctx)
{
    *(int *)ctx = (int)r->outcome;
}

static void answer(struct world *w, int *out)
{
    char digest[LINK_DIGEST_LEN + 1];
    const struct sent *s = people_last(w, R1, "A");
    assert_true(link_digest_of(s->token, digest));
    struct acknowledge_request q = {
        .digest = digest, .code = s->code, .answer = ANSWER_UNDERSTOOD, .method = METHOD_PAGE
    };
    acknowledge_submit(&w->service, &q, answered, out);
}

static void taken(const struct takeover_result *r, void *ctx)
{
    *(int *)ctx = (int)r->outcome;
}

static void take(struct world *w, const char *id, int *out)
{
    g_autoptr(GPtrArray) missions = g_ptr_array_new();
    g_ptr_array_add(missions, (gpointer) "m0001");
    struct takeover_request q = { .id = id, .principal = "unix:watch", .missions = missions };
    takeover_submit(&w->service, &q, taken, out);
}

static struct world *asking_world(char **id)
{
    struct world *w = world_new(&(struct world_roster){ .missions = 2, .acknowledge = "" });
    assert_int_equal(world_send(w, "A", "\"urgency\":\"expected\""), INTAKE_ACCEPTED);
    *id = g_strdup(world_last_id());
    world_run_for(w, MINUTE);
    virtual_store_stall(w->service.store, 100);
    return w;
}

static void an_answer_that_meets_a_takeover_stands(void **state)
{
    (void)state;
    for (int answer_first = 0; answer_first < 2; answer_first++) {
        g_autofree char *id = NULL;
        struct world *w = asking_world(&id);
        int said = -1, took = -1;
        if (answer_first)
            answer(w, &said);
        take(w, id, &took);
        if (!answer_first)
            answer(w, &said);
        world_run_for(w, MINUTE);
        assert_int_equal(said, ACKNOWLEDGE_DONE);
        assert_int_equal(took, TAKEOVER_DONE);
        assert_int_equal(people_standing(w, id, "m0001/1").state, OBLIGATION_ACKNOWLEDGED);
        assert_int_equal(people_standing(w, id, "m0001/2").state, OBLIGATION_ESCALATED);
        assert_int_equal(world_records(w, "obligation.taken"), answer_first ? 1 : 2);
        assert_int_equal(world_records(w, "obligation.acknowledged"), 1);
        world_free(w);
    }
}

static void an_answer_that_meets_the_cancel_is_kept(void **state)
{
    static const char cancel[] =
        "{\"identifier\":\"C\",\"sender\":\"desk@dss.example\",\"sent\":\"2026-11-23T14:31:00Z\","
        "\"type\":\"cancel\",\"status\":\"actual\",\"urgency\":\"expected\",\"severity\":"
        "\"severe\","
        "\"certainty\":\"likely\",\"references\":[{\"identifier\":\"A\",\"sender\":"
        "\"desk@dss.example\",\"sent\":\"2026-11-23T14:30:00Z\"}],\"messages\":[{\"language\":"
        "\"en\","
        "\"headline\":\"Over\",\"description\":\"Text.\"}]}";
    (void)state;
    for (int answer_first = 0; answer_first < 2; answer_first++) {
        g_autofree char *id = NULL;
        struct world *w = asking_world(&id);
        struct world_reply reply;
        int said = -1;
        world_run_for(w, SECOND);
        if (answer_first)
            answer(w, &said);
        world_submit(w, PREVIEW_JSON, cancel, &reply);
        for (int pieces = 0; !answer_first && pieces < 2; pieces++)
            virtual_step(w->service.loop); /* until it is about to be stored */
        if (!answer_first)
            answer(w, &said);
        world_run_for(w, MINUTE);
        assert_int_equal(reply.kind, INTAKE_ACCEPTED);
        assert_int_equal(said, answer_first ? ACKNOWLEDGE_DONE : ACKNOWLEDGE_LATE);
        assert_int_equal(people_standing(w, id, NULL).broadcast, BROADCAST_CANCELLED);
        assert_int_equal(world_records(w, "obligation.acknowledged"), 1);
        assert_non_null(people_last(w, R1, "C"));
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_over_as_soon_as_it_was_told_is_not_down_for_ever),
        cmocka_unit_test(what_is_known_of_an_endpoint_that_is_gone_is_what_is_stored_last),
        cmocka_unit_test(one_triple_that_comes_twice_at_once_is_one_broadcast),
        cmocka_unit_test(an_answer_that_meets_a_takeover_stands),
        cmocka_unit_test(an_answer_that_meets_the_cancel_is_kept),
    };
    return cmocka_run_group_tests_name("what meets on its way to the store", tests, NULL, NULL);
}

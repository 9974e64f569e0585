/* What the flow promises, on the virtual clock: each name is a promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "flow/roster_keeper.h"
#include "world.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

static bool is_mail(const struct notice *n)
{
    return n->notification->channel == CHANNEL_SMTP;
}

static bool is_representative(const struct notice *n)
{
    return g_str_has_prefix(n->notification->recipient, "m");
}

/* Every key once, unless the store's answer says otherwise. */
static unsigned distinct_keys(const struct world *w)
{
    g_autoptr(GHashTable) keys = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < w->sent->len; i++)
        g_hash_table_add(keys, ((struct sent *)g_ptr_array_index(w->sent, i))->key);
    return g_hash_table_size(keys);
}

static const struct sent *sent_to(const struct world *w, const char *endpoint, unsigned nth)
{
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        if (g_str_equal(s->endpoint, endpoint) && nth-- == 0)
            return s;
    }
    return NULL;
}

static void everyone_affected_is_told_once(void **state)
{
    (void)state;
    struct world *w =
        world_new(&(struct world_roster){ .missions = 60, .webhook_host = "hooks.example" });
    assert_int_equal(world_send(w, "A1", ""), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    /* two mailboxes and a webhook a mission, the office and nobody else: it is on duty itself */
    assert_int_equal(w->sent->len, 60 * 3 + 1);
    assert_int_equal(distinct_keys(w), w->sent->len);
    assert_int_equal(world_notifications(w, NOTIFICATION_ACCEPTED), 181);
    assert_int_equal(world_obligations(w, OBLIGATION_REACHED), 121);
    const struct sent *list = sent_to(w, "mailto:duty@chicago.dss.example", 0);
    const struct sent *first = g_ptr_array_index(w->sent, 0);
    assert_int_equal(list->missions, 60);
    assert_ptr_not_equal(list, first); /* it takes long to make, so others go before it */
    assert_in_range(list->at_ms - first->at_ms, 0, 1);
    assert_int_equal(world_records(w, "notification.accepted"), 181);
    world_free(w);
}

static void the_same_broadcast_is_taken_once(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 3 });
    assert_int_equal(world_send(w, "A1", ""), INTAKE_ACCEPTED);
    assert_int_equal(world_send(w, "A1", ""), INTAKE_KNOWN);
    assert_int_equal(world_send(w, "A1", "\"severity\":\"minor\""), INTAKE_CONFLICT);
    world_run_for(w, MINUTE);
    assert_int_equal(w->sent->len, 7);
    assert_int_equal(world_records(w, "security.conflict"), 1);
    world_free(w);
}

static struct reaction deferred_for_an_hour(const struct notice *n, void *ctx)
{
    const struct world *w = ctx;
    bool early = n->now_ms < w->started_ms + HOUR;
    return (struct reaction){ early ? OUTCOME_DEFERRED : OUTCOME_ACCEPTED, early ? 451 : 250, 5, 0,
                              false };
}

static void greylisted_mail_is_retried_until_it_is_taken(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    w->answers = deferred_for_an_hour;
    w->ctx = w;
    world_send(w, "A1", "");
    world_run_for(w, 2 * HOUR);
    const struct sent *second = sent_to(w, "mailto:r1@m0001.example", 1);
    const struct sent *third = sent_to(w, "mailto:r1@m0001.example", 2);
    assert_non_null(third);
    assert_true(second->at_ms - w->started_ms < 1000); /* the first retry is at once */
    assert_in_range(third->at_ms - second->at_ms, 1500, 3000);
    assert_string_equal(second->key, third->key);
    assert_int_equal(world_notifications(w, NOTIFICATION_ACCEPTED), 3);
    /* front-loaded, then once a minute: about 65 tries in the hour, not thousands */
    assert_in_range(w->sent->len, 3 * 50, 3 * 80);
    world_free(w);
}

static struct reaction never_taken(const struct notice *n, void *ctx)
{
    (void)n;
    (void)ctx;
    return (struct reaction){ OUTCOME_DEFERRED, 451, 5, 0, false };
}

/* How many went out of what is called A1 and ends half an hour after the start. */
static unsigned sent_in_time(const struct world *w)
{
    unsigned n = 0;
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        bool is_a1 = g_str_equal(s->headline, "A1");
        assert_true(s->at_ms < WORLD_START_MS + 30 * MINUTE || !is_a1);
        n += is_a1;
    }
    return n;
}

static void nothing_is_sent_after_expiry(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    w->answers = never_taken;
    world_send(w, "A1", "\"expires\":\"2026-11-23T15:00:00Z\"");
    world_run_for(w, 3 * HOUR);
    assert_true(sent_in_time(w) > 4);
    assert_int_equal(world_notifications(w, NOTIFICATION_WITHDRAWN), 5);
    assert_int_equal(world_obligations(w, OBLIGATION_EXPIRED), 5);
    assert_int_equal(world_records(w, "broadcast.closed"), 1);
    world_free(w);
}

/* Making one takes so long that all are not made before it ends. */
static struct reaction three_minutes_each(const struct notice *n, void *world)
{
    (void)n;
    virtual_step_clock(((struct world *)world)->service.loop, 3 * MINUTE);
    return (struct reaction){ OUTCOME_ACCEPTED, 250, 5, 0, false };
}

static void what_expires_while_others_go_out_is_not_sent(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 10 });
    w->answers = three_minutes_each;
    w->ctx = w;
    world_send(w, "A1", "\"expires\":\"2026-11-23T15:00:00Z\"");
    world_run_for(w, HOUR);
    assert_int_equal(sent_in_time(w), 10);
    world_free(w);
}

static struct reaction representatives_never_take_it(const struct notice *n, void *ctx)
{
    return is_representative(n) ? never_taken(n, ctx)
                                : (struct reaction){ OUTCOME_ACCEPTED, 250, 5, 0, false };
}

static void what_expired_unsent_is_reported_to_the_duty_desk_once(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    w->answers = representatives_never_take_it;
    world_send(w, "A1", "\"expires\":\"2026-11-23T15:00:00Z\"");
    world_run_for(w, 72 * HOUR);
    unsigned told = 0;
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        told += g_str_has_prefix(s->headline, "A broadcast expired");
    }
    assert_int_equal(told, 1);
    assert_int_equal(world_records(w, "alarm.unreached"), 1);
    world_free(w);
}

static void one_that_has_expired_is_refused(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    assert_int_equal(world_send(w, "A1", "\"expires\":\"2026-11-23T14:29:00Z\""), INTAKE_INVALID);
    world_run_for(w, HOUR);
    assert_int_equal(w->sent->len, 0);
    world_free(w);
}

static void what_is_effective_later_is_held_until_then(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    assert_int_equal(world_send(w, "A1", "\"effective\":\"2026-11-23T16:00:00Z\""),
                     INTAKE_ACCEPTED);
    world_run_for(w, 89 * MINUTE);
    assert_int_equal(w->sent->len, 0);
    world_run_for(w, 2 * MINUTE);
    assert_int_equal(w->sent->len, 5);
    world_free(w);
}

static void what_is_effective_after_its_default_life_is_sent(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    assert_int_equal(world_send(w, "A1", "\"effective\":\"2026-11-25T16:00:00Z\""),
                     INTAKE_ACCEPTED);
    world_run_for(w, 49 * HOUR);
    assert_int_equal(w->sent->len, 0);
    world_run_for(w, HOUR);
    assert_int_equal(w->sent->len, 5);
    world_free(w);
}

static struct reaction representatives_refuse(const struct notice *n, void *ctx)
{
    (void)ctx;
    return is_representative(n) ? (struct reaction){ OUTCOME_REFUSED, 550, 5, 0, false }
                                : (struct reaction){ OUTCOME_ACCEPTED, 250, 5, 0, false };
}

static void who_cannot_be_reached_becomes_the_duty_contacts(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 300 });
    w->answers = representatives_refuse;
    world_send(w, "A1", "");
    world_run_for(w, MINUTE);
    assert_int_equal(world_obligations(w, OBLIGATION_UNREACHABLE), 600);
    assert_int_equal(world_records(w, "obligation.unreachable"), 600);
    unsigned notices = 0, missions = 0;
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        if (g_str_equal(s->endpoint, "mailto:duty@chicago.dss.example")) {
            notices++;
            missions = MAX(missions, s->missions);
        }
    }
    assert_in_range(notices, 2, 4); /* the consolidated one, then what was gathered: not 600 */
    assert_int_equal(missions, 300);
    world_free(w);
}

static struct reaction webhooks_are_gone(const struct notice *n, void *ctx)
{
    (void)ctx;
    return is_mail(n) ? (struct reaction){ OUTCOME_ACCEPTED, 250, 5, 0, false }
                      : (struct reaction){ OUTCOME_REFUSED, 410, 5, 0, true };
}

static void an_endpoint_that_is_gone_is_not_used_again(void **state)
{
    (void)state;
    struct world *w =
        world_new(&(struct world_roster){ .missions = 1, .webhook_host = "hooks.example" });
    w->answers = webhooks_are_gone;
    world_send(w, "A1", "");
    world_run_for(w, MINUTE);
    world_send(w, "A2", "");
    world_run_for(w, MINUTE);
    assert_non_null(sent_to(w, "https://h1.hooks.example/m0001", 0));
    assert_null(sent_to(w, "https://h1.hooks.example/m0001", 1));
    world_crash(w);
    world_start(w, WORLD_START_MS + 10 * MINUTE); /* it is remembered */
    world_send(w, "A3", "");
    world_run_for(w, MINUTE);
    assert_null(sent_to(w, "https://h1.hooks.example/m0001", 1));
    assert_int_equal(world_notifications(w, NOTIFICATION_ACCEPTED), 3);
    world_free(w);
}

static void changed(const struct roster_result *r, void *ctx)
{
    *(bool *)ctx = !faults_any(r->faults) && !r->unavailable;
}

static void set_field(struct world *w, unsigned rank, const char *field, const char *value)
{
    bool done = false;
    roster_keeper_set(&w->service, "m0001", rank, field, value, "unix:test", changed, &done);
    world_run_for(w, MINUTE);
    assert_true(done);
}

static void only_the_endpoint_that_is_set_anew_is_used_again(void **state)
{
    static const char hook[] = "https://h1.hooks.example/m0001";
    (void)state;
    struct world *w =
        world_new(&(struct world_roster){ .missions = 1, .webhook_host = "hooks.example" });
    w->answers = webhooks_are_gone;
    world_send(w, "A1", "");
    world_run_for(w, MINUTE);
    set_field(w, 1, "phone", "+13125550123");
    set_field(w, 2, "email", "another@m0001.example");
    world_send(w, "A2", "");
    world_run_for(w, MINUTE);
    assert_null(sent_to(w, hook, 1));
    set_field(w, 1, "webhook", hook);
    world_send(w, "A3", "");
    world_run_for(w, MINUTE);
    assert_non_null(sent_to(w, hook, 1));
    world_free(w);
}

static struct reaction slow_relay(const struct notice *n, void *ctx)
{
    (void)n;
    (void)ctx;
    return (struct reaction){ OUTCOME_ACCEPTED, 250, 20, 0, false };
}

static void an_immediate_broadcast_overtakes_a_long_routine_one(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2000 });
    w->answers = slow_relay;
    world_send(w, "routine", "\"urgency\":\"future\"");
    world_run_for(w, 1000);
    guint before = w->sent->len;
    assert_in_range(before, 50, 2000);
    world_send(w, "urgent", "\"audience\":{\"missions\":[\"m0500\",\"m1500\"]}");
    world_run_for(w, 1000);
    unsigned routine_between = 0, urgent = 0;
    for (guint i = before; i < w->sent->len && urgent < 4; i++) {
        bool is_urgent =
            g_str_equal(((struct sent *)g_ptr_array_index(w->sent, i))->headline, "urgent");
        urgent += is_urgent;
        routine_between += !is_urgent;
    }
    assert_int_equal(urgent, 4);
    assert_in_range(routine_between, 0, 2 * (unsigned)w->service.config->smtp.connections);
    world_free(w);
}

static struct reaction odd_hosts_hang(const struct notice *n, void *ctx)
{
    (void)ctx;
    unsigned host = 0;
    if (is_mail(n))
        return (struct reaction){ OUTCOME_ACCEPTED, 250, 1, 0, false };
    host = (unsigned)g_ascii_strtoull(n->notification->endpoint + strlen("https://h"), NULL, 10);
    return host % 2 ? (struct reaction){ OUTCOME_DEFERRED, 0, 10000, 0, false }
                    : (struct reaction){ OUTCOME_ACCEPTED, 204, 5, 0, false };
}

static void half_the_hosts_hanging_delay_the_others_by_seconds_only(void **state)
{
    (void)state;
    struct world *w =
        world_new(&(struct world_roster){ .missions = 1000, .webhook_host = "hooks.example" });
    w->answers = odd_hosts_hang;
    world_send(w, "A1", "");
    world_run_for(w, 5000);
    /* 2,000 mails, 500 webhooks that answer, the office */
    assert_int_equal(world_notifications(w, NOTIFICATION_ACCEPTED), 2501);
    world_free(w);
}

static struct reaction slow_at_first(const struct notice *n, void *ctx)
{
    (void)ctx;
    bool first = g_str_equal(broadcast_message_for(n->broadcast, "en")->headline, "first");
    return (struct reaction){ OUTCOME_ACCEPTED, 250, first ? 3000 : 5, 0, false };
}

static void what_is_behind_waits_for_what_is_on_its_way_to_the_same_endpoint(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    w->answers = slow_at_first;
    world_send(w, "first", "\"urgency\":\"future\"");
    world_run_for(w, 1000);
    world_send(w, "second", "");
    world_run_for(w, 1000);
    assert_int_equal(w->sent->len, 3);
    world_run_for(w, MINUTE);
    assert_int_equal(w->sent->len, 6);
    assert_true(sent_to(w, "mailto:r1@m0001.example", 1)->at_ms >= w->started_ms + 3000);
    world_free(w);
}

static void a_store_that_fails_loses_no_outcome(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 50 });
    w->answers = slow_relay;
    world_send(w, "A1", "");
    world_run_for(w, 30);
    virtual_store_fail(w->service.store, 20);
    world_run_for(w, MINUTE);
    assert_int_equal(w->sent->len, 101);
    assert_int_equal(distinct_keys(w), 101);
    assert_int_equal(world_notifications(w, NOTIFICATION_ACCEPTED), 101);
    assert_null(w->service.store_fault);
    world_free(w);
}

static void a_store_that_fails_takes_no_broadcast(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 5 });
    world_run_for(w, 10);
    virtual_store_fail(w->service.store, 1);
    assert_int_equal(world_send(w, "A1", ""), INTAKE_UNAVAILABLE);
    assert_int_equal(world_send(w, "A1", ""), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(w->sent->len, 11);
    world_free(w);
}

static void after_a_crash_only_what_was_in_flight_is_sent_twice(void **state)
{
    (void)state;
    for (int64_t at_ms = 5; at_ms < 400; at_ms += 13) {
        struct world *w =
            world_new(&(struct world_roster){ .missions = 100, .webhook_host = "hooks.example" });
        w->answers = slow_relay;
        world_send(w, "A1", "");
        world_run_for(w, at_ms);
        guint before = w->sent->len;
        unsigned settled = world_notifications(w, NOTIFICATION_ACCEPTED);
        world_crash(w);
        world_start(w, WORLD_START_MS + MINUTE);
        world_run_for(w, MINUTE);
        assert_int_equal(distinct_keys(w), 301);
        assert_true(w->sent->len - 301 <= before - settled);
        assert_int_equal(world_notifications(w, NOTIFICATION_ACCEPTED), 301);
        world_free(w);
    }
}

static void the_first_ranks_are_sent_first(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 40 });
    w->answers = slow_relay;
    world_send(w, "A1", "");
    world_run_for(w, MINUTE);
    unsigned firsts = 0;
    for (guint i = 0; i < 41; i++)
        firsts += strstr(((struct sent *)g_ptr_array_index(w->sent, i))->endpoint, "r1@") != NULL;
    assert_int_equal(firsts, 40);
    world_free(w);
}

static void an_exercise_reaches_only_those_who_opted_in(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 10 });
    world_send(w, "A1", "\"status\":\"exercise\"");
    world_run_for(w, MINUTE);
    for (guint i = 0; i < w->sent->len; i++)
        assert_null(strstr(((struct sent *)g_ptr_array_index(w->sent, i))->endpoint, "r2@"));
    assert_int_equal(w->sent->len, 11);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everyone_affected_is_told_once),
        cmocka_unit_test(the_same_broadcast_is_taken_once),
        cmocka_unit_test(greylisted_mail_is_retried_until_it_is_taken),
        cmocka_unit_test(nothing_is_sent_after_expiry),
        cmocka_unit_test(what_expires_while_others_go_out_is_not_sent),
        cmocka_unit_test(what_expired_unsent_is_reported_to_the_duty_desk_once),
        cmocka_unit_test(one_that_has_expired_is_refused),
        cmocka_unit_test(what_is_effective_later_is_held_until_then),
        cmocka_unit_test(what_is_effective_after_its_default_life_is_sent),
        cmocka_unit_test(who_cannot_be_reached_becomes_the_duty_contacts),
        cmocka_unit_test(an_endpoint_that_is_gone_is_not_used_again),
        cmocka_unit_test(only_the_endpoint_that_is_set_anew_is_used_again),
        cmocka_unit_test(an_immediate_broadcast_overtakes_a_long_routine_one),
        cmocka_unit_test(half_the_hosts_hanging_delay_the_others_by_seconds_only),
        cmocka_unit_test(what_is_behind_waits_for_what_is_on_its_way_to_the_same_endpoint),
        cmocka_unit_test(a_store_that_fails_loses_no_outcome),
        cmocka_unit_test(a_store_that_fails_takes_no_broadcast),
        cmocka_unit_test(after_a_crash_only_what_was_in_flight_is_sent_twice),
        cmocka_unit_test(the_first_ranks_are_sent_first),
        cmocka_unit_test(an_exercise_reaches_only_those_who_opted_in),
    };
    return cmocka_run_group_tests_name("dispatch on the virtual clock", tests, NULL, NULL);
}

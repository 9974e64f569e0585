/* What failing destinations may and may not do to the others, on the virtual clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "model/breaker.h"
#include "world.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define BOUND_MS 1000

static const struct reaction taken = { OUTCOME_ACCEPTED, 250, 5, 0, false };

static bool is_mail(const struct notice *n)
{
    return n->notification->channel == CHANNEL_SMTP;
}

/* --- every subset --- */

struct subset {
    unsigned failing; /* bits of missions */
    unsigned shift;   /* who fails how */
};

/* m0001 is bit 0; an office's or desk's has none. */
static unsigned bit_of(const char *recipient)
{
    return g_str_has_prefix(recipient, "m0") ? 1u << (g_ascii_strtoull(recipient + 1, NULL, 10) - 1)
                                             : 0;
}

static struct reaction fails_in_its_way(const struct notice *n, void *ctx)
{
    const struct subset *s = ctx;
    unsigned bit = bit_of(n->notification->recipient);
    if (!(s->failing & bit))
        return taken;
    switch ((g_bit_nth_lsf(bit, -1) + s->shift) % 4) {
    case 0:
        return (struct reaction){ OUTCOME_REFUSED, is_mail(n) ? 550 : 404, 5, 0, false };
    case 1:
        return (struct reaction){ OUTCOME_DEFERRED, is_mail(n) ? 451 : 503, 5, 0, false };
    case 2: /* hangs until time runs out */
        return (struct reaction){ OUTCOME_UNKNOWN, 0, is_mail(n) ? 60000 : 15000, 0, false };
    default: /* no connection */
        return (struct reaction){ OUTCOME_DEFERRED, 0, 1, 0, false };
    }
}

/* Two mailboxes and a webhook a mission. */
static unsigned had_theirs(const struct world *w, const char *headline, unsigned failing,
                           int64_t until_ms)
{
    unsigned n = 0;
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        unsigned bit = bit_of(s->recipient);
        n += bit && !(bit & failing) && s->ends_ms <= until_ms &&
             g_str_equal(s->headline, headline) && s->kind == OUTCOME_ACCEPTED;
    }
    return n;
}

static void whoever_fails_all_others_get_theirs_in_the_bound(void **state)
{
    (void)state;
    for (unsigned failing = 0; failing < 64; failing++) {
        struct subset s = { failing, failing / 7 };
        unsigned well = 3 * (6 - (unsigned)__builtin_popcount(failing));
        struct world *w =
            world_new(&(struct world_roster){ .missions = 6, .webhook_host = "hooks.example" });
        w->answers = fails_in_its_way;
        w->ctx = &s;
        /* at first, while they are being found out, and when all of it is known */
        static const int64_t after_ms[] = { 0, 20 * SECOND, 10 * MINUTE };
        for (size_t i = 0; i < G_N_ELEMENTS(after_ms); i++) {
            g_autofree char *name = g_strdup_printf("A%zu", i);
            world_run_for(w, after_ms[i]);
            int64_t sent_ms = world_now_ms(w);
            world_send(w, name, "");
            world_run_for(w, BOUND_MS);
            unsigned got = had_theirs(w, name, failing, sent_ms + BOUND_MS);
            if (got != well)
                fail_msg("with %02x failing %u of %u had %s after a second", failing, got, well,
                         name);
        }
        world_free(w);
    }
}

/* --- one dead host --- */

struct dead {
    const struct world *world;
    int64_t from_ms, until_ms;
    const char *part; /* of the endpoint */
    int64_t after_ms;
};

static struct reaction dead_for_a_time(const struct notice *n, void *ctx)
{
    const struct dead *d = ctx;
    bool dead = n->now_ms >= d->from_ms && n->now_ms < d->until_ms &&
                strstr(n->notification->endpoint, d->part);
    int code = is_mail(n) ? WORLD_NO_SESSION : 0;
    return dead ? (struct reaction){ OUTCOME_DEFERRED, code, d->after_ms, 0, false } : taken;
}

/* part: of the endpoints that are dead from the start for that long. */
static struct world *world_with_dead(struct dead *d, const struct world_roster *r, const char *part,
                                     int64_t for_ms)
{
    struct world *w = world_new(r);
    *d = (struct dead){ w, w->started_ms, w->started_ms + for_ms, part, 1 };
    w->answers = dead_for_a_time;
    w->ctx = d;
    return w;
}

static unsigned attempts_at(const struct world *w, const char *part, int64_t from_ms,
                            int64_t until_ms)
{
    unsigned n = 0;
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        n += s->at_ms >= from_ms && s->at_ms < until_ms && strstr(s->endpoint, part);
    }
    return n;
}

static unsigned told(const struct world *w, const char *headline)
{
    unsigned n = 0;
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        n += s->kind == OUTCOME_ACCEPTED && g_str_has_prefix(s->headline, headline);
    }
    return n;
}

static const struct world_roster hook = { .missions = 1, .webhook_host = "x" };
static const struct world_roster only_hook = { .missions = 1,
                                               .webhook_host = "x",
                                               .webhook_only = true };

static void send_many(struct world *w, unsigned n, const char *urgency)
{
    g_autofree char *members = g_strdup_printf("\"urgency\":\"%s\"", urgency);
    for (unsigned i = 0; i < n; i++) {
        g_autofree char *name = g_strdup_printf("%s%u", urgency, i);
        assert_int_equal(world_send(w, name, members), INTAKE_ACCEPTED);
    }
}

static void what_waits_for_a_dead_host_does_not_burn_attempts(void **state)
{
    (void)state;
    struct dead d;
    struct world *w = world_with_dead(&d, &hook, "h1.x", 2 * HOUR);
    send_many(w, 200, "expected");
    world_run_for(w, 2 * HOUR - MINUTE);
    /* 24 an hour once the waits are five minutes; the first ones come closer */
    assert_in_range(attempts_at(w, "h1.x", 0, INT64_MAX), 20, 50);
    world_run_for(w, 6 * MINUTE);
    assert_int_equal(attempts_at(w, "h1.x", d.until_ms, INT64_MAX), 200);
    world_free(w);
}

static void its_recovery_is_noticed_in_a_minute_while_something_immediate_waits(void **state)
{
    (void)state;
    struct dead d;
    struct world *w = world_with_dead(&d, &hook, "h1.x", HOUR);
    send_many(w, 50, "immediate");
    world_run_for(w, HOUR + 61 * SECOND);
    assert_int_equal(attempts_at(w, "h1.x", d.until_ms, d.until_ms + 61 * SECOND), 50);
    world_free(w);
}

static unsigned at_once(const struct world *w, const char *headline, const char *part,
                        int64_t sent_ms)
{
    unsigned n = 0;
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        n += g_str_equal(s->headline, headline) && strstr(s->endpoint, part) &&
             s->at_ms - sent_ms < 50;
    }
    return n;
}

static void what_is_immediate_is_tried_at_once_where_nothing_has_answered_for_long(void **state)
{
    (void)state;
    struct dead d;
    struct world *w = world_with_dead(&d, &hook, "h1.x", HOUR);
    send_many(w, 20, "future");
    world_run_for(w, HOUR - 2 * SECOND);
    int64_t before_ms = world_now_ms(w);
    world_send(w, "before", ""); /* the next probe would be a minute after this one */
    world_run_for(w, 3 * SECOND);
    int64_t sent_ms = world_now_ms(w);
    world_send(w, "now", "");
    world_run_for(w, 100);
    assert_int_equal(at_once(w, "before", "h1.x", before_ms), 1);
    assert_int_equal(at_once(w, "now", "h1.x", sent_ms), 1);
    world_run_for(w, SECOND); /* and what waited is let go by its success */
    assert_int_equal(attempts_at(w, "h1.x", d.until_ms, INT64_MAX), 22);
    world_free(w);
}

static void a_reload_has_what_is_down_tried_at_once(void **state)
{
    (void)state;
    struct dead d;
    struct world *w = world_with_dead(&d, &hook, "h1.x", HOUR);
    send_many(w, 20, "future");
    world_run_for(w, HOUR + SECOND);
    assert_int_equal(attempts_at(w, "h1.x", d.until_ms, INT64_MAX), 0);
    dispatch_reload(w->service.dispatch);
    world_run_for(w, SECOND);
    assert_int_equal(attempts_at(w, "h1.x", d.until_ms, INT64_MAX), 20);
    world_free(w);
}

static void the_duty_desk_is_told_once_and_both_ends_are_written_down(void **state)
{
    (void)state;
    struct dead d;
    struct world *w = world_with_dead(&d, &hook, "h1.x", 3 * HOUR);
    send_many(w, 3, "immediate");
    world_run_for(w, 50 * SECOND);
    assert_int_equal(told(w, "A destination is down"), 0);
    world_run_for(w, MINUTE);
    assert_int_equal(told(w, "A destination is down: https://h1.x:443"), 1);
    world_crash(w);
    world_start(w, WORLD_START_MS + HOUR);
    world_run_for(w, HOUR);
    assert_int_equal(told(w, "A destination is down"), 1);
    assert_int_equal(world_records(w, "destination.down"), 1);
    assert_int_equal(world_records(w, "destination.up"), 0);
    world_run_for(w, 2 * HOUR);
    assert_int_equal(world_records(w, "destination.up"), 1);
    assert_int_equal(world_records(w, "destination.down"), 1);
    struct dispatch_stats stats;
    dispatch_stats(w->service.dispatch, &stats);
    assert_int_equal(stats.lanes.down + stats.lanes.open, 0);
    world_free(w);
}

static void a_hiccup_alarms_nobody(void **state)
{
    (void)state;
    struct dead d;
    struct world *w = world_with_dead(&d, &hook, "h1.x", 30 * SECOND);
    send_many(w, 30, "immediate");
    world_run_for(w, 2 * MINUTE);
    assert_int_equal(attempts_at(w, "h1.x", d.until_ms, INT64_MAX), 30);
    assert_int_equal(told(w, "A destination is down"), 0);
    assert_int_equal(world_records(w, "destination.down"), 0);
    world_free(w);
}

static void a_network_that_is_gone_is_a_few_alarms_and_not_three_hundred(void **state)
{
    (void)state;
    struct dead d;
    struct world *w = world_with_dead(
        &d, &(struct world_roster){ .missions = 300, .webhook_host = "x" }, "https:", HOUR);
    world_send(w, "A1", "");
    world_run_for(w, 10 * MINUTE);
    assert_int_equal(world_records(w, "destination.down"), 300);
    assert_in_range(world_records(w, "alarm.destination"), 1, 40);
    world_free(w);
}

/* --- the next way --- */

static void who_has_no_other_way_is_the_duty_contact_s_when_patience_ends(void **state)
{
    static const struct {
        const char *urgency;
        int64_t patience_ms, longest_ms; /* longest: between two probes */
    } rows[] = { { "immediate", MINUTE, MINUTE },
                 { "expected", 5 * MINUTE, 5 * MINUTE },
                 { "unknown", 5 * MINUTE, 5 * MINUTE },
                 { "future", HOUR, HOUR } };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct dead d;
        struct world *w = world_with_dead(&d, &only_hook, "h1.x", 5 * HOUR);
        send_many(w, 5, rows[i].urgency);
        world_run_for(w, rows[i].patience_ms - SECOND);
        assert_int_equal(world_records(w, "obligation.unreachable"), 0);
        world_run_for(w, rows[i].longest_ms + 20 * SECOND);
        assert_int_equal(world_records(w, "obligation.unreachable"), 5);
        assert_int_equal(world_records(w, "obligation.escalated"), 5);
        assert_int_equal(world_obligations(w, OBLIGATION_UNREACHABLE), 1);
        world_run_for(w, 6 * HOUR); /* and when it answers at last, they have it after all */
        assert_int_equal(world_obligations(w, OBLIGATION_UNREACHABLE), 0);
        assert_int_equal(world_records(w, "obligation.unreachable"), 5);
        world_free(w);
    }
}

static void who_has_another_way_is_nobody_else_s(void **state)
{
    (void)state;
    struct dead d;
    struct world *w = world_with_dead(&d, &hook, "h1.x", 3 * HOUR);
    send_many(w, 5, "immediate");
    world_run_for(w, 2 * HOUR);
    assert_int_equal(world_records(w, "destination.down"), 1);
    assert_int_equal(world_records(w, "obligation.unreachable"), 0);
    assert_int_equal(world_obligations(w, OBLIGATION_REACHED), 3);
    world_free(w);
}

static void what_comes_while_it_is_down_is_the_duty_contact_s_within_seconds(void **state)
{
    (void)state;
    struct dead d;
    struct world *w = world_with_dead(&d, &only_hook, "h1.x", 5 * HOUR);
    send_many(w, 1, "immediate");
    world_run_for(w, HOUR);
    world_send(w, "later", "");
    world_run_for(w, 10 * SECOND);
    assert_int_equal(world_obligations(w, OBLIGATION_UNREACHABLE), 1);
    assert_int_equal(world_records(w, "obligation.escalated"), 2);
    world_free(w);
}

/* Everything that could be said of it would wait behind the same relay. */
static void while_the_relay_is_down_no_notice_is_queued_behind_it_but_the_alarm(void **state)
{
    (void)state;
    struct dead d;
    struct world *w =
        world_with_dead(&d, &(struct world_roster){ .missions = 40 }, "mailto:", HOUR);
    world_send(w, "A1", "");
    world_run_for(w, HOUR - SECOND);
    assert_int_equal(world_records(w, "destination.down"), 1);
    assert_int_equal(world_records(w, "obligation.escalated"), 0);
    assert_int_equal(world_obligations(w, OBLIGATION_OPEN), 81);
    assert_in_range(attempts_at(w, "mailto:", 0, INT64_MAX), 60, 120);
    world_run_for(w, 70 * SECOND);
    assert_int_equal(world_obligations(w, OBLIGATION_REACHED), 81);
    assert_int_equal(told(w, "A destination is down: the mail relay"), 1);
    world_free(w);
}

/* Many broadcasts, looked at a few at a time. */
static void however_much_waits_everybody_is_looked_at(void **state)
{
    (void)state;
    struct dead d;
    struct world *w = world_with_dead(&d, &only_hook, "h1.x", HOUR);
    send_many(w, 90, "immediate");
    world_run_for(w, 3 * MINUTE);
    assert_int_equal(world_records(w, "obligation.unreachable"), 90);
    world_free(w);
}

/* --- a relay that asks the recipient's host first --- */

struct slow {
    unsigned missions; /* the first so many */
    unsigned in_flight, most;
};

static struct reaction slow_to_some(const struct notice *n, void *ctx)
{
    const struct slow *s = ctx;
    bool slow = is_mail(n) && g_str_has_prefix(n->notification->recipient, "m") &&
                g_ascii_strtoull(n->notification->recipient + 1, NULL, 10) <= s->missions;
    return (struct reaction){ OUTCOME_ACCEPTED, 250, slow ? 55000 : 5, 0, false };
}

/* Representatives of the others who had it by then. */
static unsigned others_had(const struct world *w, const struct slow *s, const char *headline,
                           int64_t until_ms)
{
    unsigned n = 0;
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *a = g_ptr_array_index(w->sent, i);
        n += g_str_has_prefix(a->recipient, "m") && g_str_equal(a->headline, headline) &&
             g_ascii_strtoull(a->recipient + 1, NULL, 10) > s->missions && a->ends_ms <= until_ms;
    }
    return n;
}

static void domains_that_are_slow_leave_the_others_half_of_the_connections(void **state)
{
    (void)state;
    for (unsigned slow = 1; slow <= 60; slow = 2 * slow + 1) {
        struct slow s = { .missions = slow };
        struct world *w = world_new(&(struct world_roster){ .missions = slow + 50 });
        w->answers = slow_to_some;
        w->ctx = &s;
        world_send(w, "first", "");
        /* those of half as many domains as there are connections can be found out at a time */
        int64_t first_ms = 2 * slow < (unsigned)w->service.config->smtp.connections
                               ? BOUND_MS
                               : (slow / 20 + 1) * 2 * 55000;
        int64_t sent_ms = world_now_ms(w);
        world_run_for(w, first_ms);
        assert_int_equal(others_had(w, &s, "first", sent_ms + first_ms), 100);
        sent_ms = world_now_ms(w);
        world_send(w, "second", "");
        world_run_for(w, BOUND_MS);
        assert_int_equal(others_had(w, &s, "second", sent_ms + BOUND_MS), 100);
        world_run_for(w, HOUR); /* and nobody is forgotten */
        assert_int_equal(world_notifications(w, NOTIFICATION_ACCEPTED), 2 * (slow + 50) + 1);
        world_free(w);
    }
}

/* --- what else happens meanwhile --- */

static void what_expires_behind_an_outage_is_withdrawn_then(void **state)
{
    (void)state;
    struct dead d;
    struct world *w = world_with_dead(&d, &hook, "h1.x", 3 * HOUR);
    send_many(w, 10, "immediate");
    world_send(w, "short", "\"expires\":\"2026-11-23T15:00:00Z\"");
    world_run_for(w, 31 * MINUTE);
    assert_int_equal(world_notifications(w, NOTIFICATION_WITHDRAWN), 1);
    assert_int_equal(world_notifications(w, NOTIFICATION_SENDING), 0);
    assert_int_equal(world_records(w, "broadcast.closed"), 1);
    world_free(w);
}

static void a_cancel_takes_back_what_waits_behind_an_outage(void **state)
{
    (void)state;
    struct dead d;
    struct world *w = world_with_dead(&d, &hook, "h1.x", HOUR);
    send_many(w, 10, "immediate");
    world_run_for(w, 10 * MINUTE);
    assert_int_equal(
        world_send(w, "cancel",
                   "\"type\":\"cancel\",\"references\":[{\"identifier\":\"immediate3\","
                   "\"sender\":\"desk@dss.example\",\"sent\":\"2026-11-23T14:30:00Z\"}]"),
        INTAKE_ACCEPTED);
    world_run_for(w, 2 * HOUR);
    unsigned others = 0;
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        if (s->at_ms < d.until_ms || !strstr(s->endpoint, "h1.x"))
            continue;
        assert_string_not_equal(s->headline, "immediate3");
        others += g_str_has_prefix(s->headline, "immediate");
    }
    assert_int_equal(others, 9);
    world_free(w);
}

static void a_store_that_fails_loses_no_outage(void **state)
{
    (void)state;
    struct dead d;
    struct world *w = world_with_dead(&d, &only_hook, "h1.x", HOUR);
    send_many(w, 3, "immediate");
    world_run_for(w, 62 * SECOND);
    virtual_store_fail(w->service.store, 12);
    world_run_for(w, 2 * MINUTE);
    assert_int_equal(world_records(w, "destination.down"), 1);
    assert_int_equal(world_records(w, "alarm.destination"), 1);
    assert_int_equal(world_records(w, "obligation.unreachable"), 3);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_fails_all_others_get_theirs_in_the_bound),
        cmocka_unit_test(what_waits_for_a_dead_host_does_not_burn_attempts),
        cmocka_unit_test(its_recovery_is_noticed_in_a_minute_while_something_immediate_waits),
        cmocka_unit_test(what_is_immediate_is_tried_at_once_where_nothing_has_answered_for_long),
        cmocka_unit_test(a_reload_has_what_is_down_tried_at_once),
        cmocka_unit_test(the_duty_desk_is_told_once_and_both_ends_are_written_down),
        cmocka_unit_test(a_hiccup_alarms_nobody),
        cmocka_unit_test(a_network_that_is_gone_is_a_few_alarms_and_not_three_hundred),
        cmocka_unit_test(who_has_no_other_way_is_the_duty_contact_s_when_patience_ends),
        cmocka_unit_test(who_has_another_way_is_nobody_else_s),
        cmocka_unit_test(what_comes_while_it_is_down_is_the_duty_contact_s_within_seconds),
        cmocka_unit_test(while_the_relay_is_down_no_notice_is_queued_behind_it_but_the_alarm),
        cmocka_unit_test(however_much_waits_everybody_is_looked_at),
        cmocka_unit_test(domains_that_are_slow_leave_the_others_half_of_the_connections),
        cmocka_unit_test(what_expires_behind_an_outage_is_withdrawn_then),
        cmocka_unit_test(a_cancel_takes_back_what_waits_behind_an_outage),
        cmocka_unit_test(a_store_that_fails_loses_no_outage),
    };
    return cmocka_run_group_tests_name("outages on the virtual clock", tests, NULL, NULL);
}

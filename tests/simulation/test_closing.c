/*
 * A broadcast that asks ends when all that it owes is closed, or at its deadline, and the duty desk
 * gets the after-action report of it, once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "people.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

#define R1 "mailto:r1@m0001.example"
#define R2 "mailto:r2@m0001.example"
#define CHICAGO "mailto:duty@chicago.dss.example"
#define PLD "mailto:duty@pld.dss.example"
#define SLOW "\"urgency\":\"expected\",\"severity\":\"severe\""

static struct world *asking_world(void)
{
    return world_new(&(struct world_roster){ .missions = 1, .acknowledge = "" });
}

/* The headline of the only report that the desk got. */
static const char *report(const struct world *w)
{
    const char *headline = NULL;
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        if (!g_str_has_prefix(s->headline, "After-action report"))
            continue;
        assert_string_equal(s->endpoint, PLD);
        assert_null(headline);
        headline = s->headline;
    }
    return headline;
}

static void the_last_answer_closes_it(void **state)
{
    (void)state;
    struct world *w = asking_world();
    assert_int_equal(world_send(w, "A", SLOW), INTAKE_ACCEPTED);
    g_autofree char *id = g_strdup(world_last_id());
    world_run_for(w, MINUTE);
    assert_int_equal(people_answer(w, people_last(w, R1, "A"), ANSWER_UNDERSTOOD, NULL),
                     ACKNOWLEDGE_DONE);
    assert_int_equal(people_standing(w, id, NULL).broadcast, BROADCAST_RELEASED);
    assert_int_equal(people_answer(w, people_last(w, R2, "A"), ANSWER_NOT_AFFECTED, NULL),
                     ACKNOWLEDGE_DONE);
    assert_int_equal(people_standing(w, id, NULL).broadcast, BROADCAST_CLOSED);
    world_run_for(w, 200 * HOUR);
    assert_string_equal(report(w), "After-action report: 1 of 1 missions covered: A");
    assert_int_equal(world_records(w, "broadcast.closed"), 2); /* and the report's own */
    assert_int_equal(people_answer(w, people_last(w, R2, "A"), ANSWER_UNDERSTOOD, NULL),
                     ACKNOWLEDGE_LATE);
    world_free(w);
}

static struct reaction office_is_slow(const struct notice *n, void *ctx)
{
    const int64_t *until_ms = ctx;
    if (g_str_equal(n->notification->endpoint, CHICAGO) && n->now_ms < *until_ms)
        return (struct reaction){ OUTCOME_DEFERRED, 451, 10, 0, false };
    return (struct reaction){ 0 };
}

static void the_last_notice_that_arrives_closes_it(void **state)
{
    (void)state;
    struct world *w = asking_world();
    int64_t until_ms = WORLD_START_MS + 20 * MINUTE;
    w->answers = office_is_slow;
    w->ctx = &until_ms;
    assert_int_equal(world_send(w, "A", SLOW), INTAKE_ACCEPTED);
    g_autofree char *id = g_strdup(world_last_id());
    world_run_for(w, MINUTE);
    assert_int_equal(people_take(w, id, NULL), TAKEOVER_DONE);
    assert_int_equal(people_standing(w, id, NULL).broadcast, BROADCAST_RELEASED);
    virtual_store_fail(w->service.store, 2);
    world_run_for(w, HOUR);
    assert_int_equal(people_standing(w, id, NULL).broadcast, BROADCAST_CLOSED);
    assert_string_equal(report(w), "After-action report: 0 of 1 missions covered: A");
    world_free(w);
}

static struct reaction reminders_are_slow(const struct notice *n, void *ctx)
{
    const int64_t *until_ms = ctx;
    if (n->notification->purpose == PURPOSE_REMIND && n->now_ms < *until_ms)
        return (struct reaction){ OUTCOME_DEFERRED, 451, 10, 0, false };
    return (struct reaction){ 0 };
}

/* By an answer, or by a takeover. */
static void check_reminders_of_who_does_not_wait(bool answer)
{
    struct world *w = asking_world();
    int64_t until_ms = WORLD_START_MS + 2 * HOUR;
    w->answers = reminders_are_slow;
    w->ctx = &until_ms;
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    g_autofree char *id = g_strdup(world_last_id());
    world_run_for(w, MINUTE);
    const struct sent *first = people_last(w, R1, "A");
    world_run_for(w, 3 * MINUTE);
    if (answer)
        assert_int_equal(people_answer(w, first, ANSWER_UNDERSTOOD, NULL), ACKNOWLEDGE_DONE);
    else
        assert_int_equal(people_take(w, id, "m0001"), TAKEOVER_DONE);
    assert_true(world_records(w, "notification.withdrawn") > 0);
    world_run_for(w, 5 * HOUR);
    assert_int_equal(people_heard(w, R1, "remind"), 0);
    assert_int_equal(people_heard(w, R2, "remind") > 0, answer);
    world_free(w);
}

static void a_reminder_that_waits_is_not_sent_to_who_does_not(void **state)
{
    (void)state;
    check_reminders_of_who_does_not_wait(true);
    check_reminders_of_who_does_not_wait(false);
}

static void the_deadline_closes_it_with_a_report(void **state)
{
    (void)state;
    struct world *w = asking_world();
    g_autofree char *expires = timestamp_format_utc_s(WORLD_START_MS + 3 * HOUR);
    g_autofree char *members = g_strdup_printf(SLOW ",\"expires\":\"%s\"", expires);
    assert_int_equal(world_send(w, "A", members), INTAKE_ACCEPTED);
    g_autofree char *id = g_strdup(world_last_id());
    world_run_for(w, 4 * HOUR);
    struct standing s = people_standing(w, id, "m0001/1");
    assert_int_equal(s.broadcast, BROADCAST_CLOSED);
    assert_int_equal(s.state, OBLIGATION_EXPIRED);
    assert_string_equal(report(w), "After-action report: 0 of 1 missions covered: A");
    assert_int_equal(world_records(w, "alarm.unreached"), 0);
    world_free(w);
}

static void what_never_asked_has_no_report(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    assert_int_equal(world_send(w, "A", SLOW), INTAKE_ACCEPTED);
    world_run_for(w, 300 * HOUR);
    assert_null(report(w));
    assert_int_equal(people_standing(w, world_last_id(), NULL).broadcast, BROADCAST_CLOSED);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_answer_closes_it),
        cmocka_unit_test(the_last_notice_that_arrives_closes_it),
        cmocka_unit_test(a_reminder_that_waits_is_not_sent_to_who_does_not),
        cmocka_unit_test(the_deadline_closes_it_with_a_report),
        cmocka_unit_test(what_never_asked_has_no_report),
    };
    return cmocka_run_group_tests_name("the end of a broadcast that asks", tests, NULL, NULL);
}

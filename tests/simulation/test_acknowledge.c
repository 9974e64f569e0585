/*
 * A broadcast that asks: reminders, the ladder, answers and takeovers, on the virtual clock.
 *
 * The ladder is the shipped one.  Immediate: a reminder after 3 and 6 minutes, the next
 * representative after 5, the duty contact after 10, the Command Center after 20, two
 * acknowledgements of a mission wanted.  Expected: reminders after 30 and 60 minutes, the next
 * representative after 60, the duty contact after 120, one acknowledgement wanted.
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
#define OTHER "mailto:r1@m0002.example"
#define CHICAGO "mailto:duty@chicago.dss.example"
#define CENTER "mailto:duty@command-center.dss.example"
#define POLICE "mailto:liaison@local-police.example"
#define PLD "mailto:duty@pld.dss.example"
#define SLOW "\"urgency\":\"expected\",\"severity\":\"severe\""

static struct world *asking_world(unsigned missions)
{
    return world_new(&(struct world_roster){ .missions = missions, .acknowledge = "" });
}

static char *update_of(const char *headline, const char *more)
{
    g_autofree char *sent = timestamp_format_utc_s(WORLD_START_MS);
    return g_strdup_printf(
        "\"type\":\"update\",\"references\":[{\"identifier\":\"A\",\"sender\":\"desk@dss.example\","
        "\"sent\":\"%s\"}],\"messages\":[{\"language\":\"en\",\"headline\":\"%s\","
        "\"description\":\"Text.\"}]%s",
        sent, headline, more);
}

static void silence_climbs_the_ladder(void **state)
{
    (void)state;
    struct world *w = asking_world(2);
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, 2 * MINUTE);
    assert_int_equal(people_heard(w, R1, ""), 1);
    world_run_for(w, 2 * MINUTE);
    assert_int_equal(people_heard(w, R1, "remind"), 1);
    assert_string_not_equal(people_last(w, R1, NULL)->token, "");
    world_run_for(w, 5 * MINUTE);
    assert_int_equal(people_heard(w, R1, "remind"), 2); /* its own */
    assert_int_equal(people_heard(w, R2, "remind"), 3); /* and the next of m0001 */
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NOT_ACKNOWLEDGED), 0);
    world_run_for(w, 2 * MINUTE);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    assert_string_equal(people_last(w, CHICAGO, NULL)->about, "m0001 m0002");
    assert_int_equal(people_heard(w, CENTER, ""), 0);
    world_run_for(w, 2 * HOUR);
    assert_int_equal(people_heard(w, CENTER, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    assert_int_equal(people_heard(w, POLICE, ""), 0); /* only from threat level high */
    assert_int_equal(people_heard(w, R1, "remind"), 2);
    world_free(w);
}

static void a_quorum_stops_reminders_and_ladder(void **state)
{
    (void)state;
    struct world *w = asking_world(2);
    assert_int_equal(world_send(w, "A", SLOW), INTAKE_ACCEPTED);
    world_run_for(w, 10 * MINUTE);
    assert_int_equal(people_answer(w, people_last(w, R1, "A"), ANSWER_UNDERSTOOD, NULL),
                     ACKNOWLEDGE_DONE);
    assert_int_equal(people_answer(w, people_last(w, R1, "A"), ANSWER_UNDERSTOOD, NULL),
                     ACKNOWLEDGE_ALREADY);
    world_run_for(w, 4 * HOUR);
    assert_int_equal(people_heard(w, R1, "remind"), 0);
    assert_int_equal(people_heard(w, R2, "remind"), 0);
    assert_int_equal(people_heard(w, OTHER, "remind"), 2);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    assert_string_equal(people_last(w, CHICAGO, NULL)->about, "m0002");
    assert_int_equal(world_records(w, "obligation.acknowledged"), 1);
    world_free(w);
}

static void below_the_quorum_only_those_who_answered_are_left_alone(void **state)
{
    (void)state;
    struct world *w = asking_world(1);
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(people_answer(w, people_last(w, R1, "A"), ANSWER_UNDERSTOOD, NULL),
                     ACKNOWLEDGE_DONE);
    world_run_for(w, 11 * MINUTE);
    assert_int_equal(people_heard(w, R1, "remind"), 0);
    assert_int_equal(people_heard(w, R2, "remind"), 2);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    assert_int_equal(people_answer(w, people_last(w, R2, "A"), ANSWER_NOT_AFFECTED, NULL),
                     ACKNOWLEDGE_DONE);
    world_run_for(w, HOUR);
    assert_int_equal(people_heard(w, CENTER, ""), 0);
    world_free(w);
}

static void reminders_go_on_where_the_policy_says_so(void **state)
{
    (void)state;
    struct world *w = world_new(
        &(struct world_roster){ .missions = 1, .acknowledge = "remind_after_quorum = true;" });
    assert_int_equal(world_send(w, "A", SLOW), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(people_answer(w, people_last(w, R1, "A"), ANSWER_UNDERSTOOD, NULL),
                     ACKNOWLEDGE_DONE);
    world_run_for(w, 4 * HOUR);
    assert_int_equal(people_heard(w, R1, "remind"), 0);
    assert_int_equal(people_heard(w, R2, "remind"), 2);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NOT_ACKNOWLEDGED), 0);
    world_free(w);
}

static struct reaction second_is_slow(const struct notice *n, void *ctx)
{
    const int64_t *until_ms = ctx;
    if (g_str_equal(n->notification->endpoint, R2) && n->now_ms < *until_ms)
        return (struct reaction){ OUTCOME_DEFERRED, 451, 10, 0, false };
    return (struct reaction){ 0 };
}

static void an_answer_does_not_silence_the_others_message(void **state)
{
    (void)state;
    struct world *w = asking_world(1);
    int64_t until_ms = WORLD_START_MS + 20 * MINUTE;
    w->answers = second_is_slow;
    w->ctx = &until_ms;
    assert_int_equal(world_send(w, "A", SLOW), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(people_answer(w, people_last(w, R1, "A"), ANSWER_UNDERSTOOD, NULL),
                     ACKNOWLEDGE_DONE);
    assert_int_equal(people_heard(w, R2, ""), 0);
    assert_int_equal(people_take(w, world_last_id(), NULL), TAKEOVER_NOTHING);
    assert_int_equal(people_take(w, world_last_id(), "m0001"), TAKEOVER_DONE);
    assert_int_equal(people_standing(w, world_last_id(), NULL).broadcast, BROADCAST_RELEASED);
    world_run_for(w, 2 * HOUR);
    assert_int_equal(people_heard(w, R2, ""), 1);
    assert_int_equal(people_standing(w, world_last_id(), NULL).broadcast, BROADCAST_CLOSED);
    world_free(w);
}

static void guesses_and_old_links_change_nothing(void **state)
{
    (void)state;
    struct world *w =
        world_new(&(struct world_roster){ .missions = 1, .acknowledge = "link_days = 1;" });
    assert_int_equal(world_send(w, "A", SLOW), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    struct sent s = *people_last(w, R1, "A");
    const struct sent *other = people_last(w, R2, "A");
    assert_string_not_equal(s.code, other->code);
    assert_int_equal(people_try(w, &s, other->code, ANSWER_UNDERSTOOD, NULL),
                     ACKNOWLEDGE_WRONG_CODE);
    assert_int_equal(people_try(w, &s, "", ANSWER_UNDERSTOOD, NULL), ACKNOWLEDGE_WRONG_CODE);
    assert_int_equal(people_try(w, &s, NULL, ANSWER_UNDERSTOOD, NULL), ACKNOWLEDGE_WRONG_CODE);
    assert_int_equal(people_look(w, &s), ACKNOWLEDGE_LIVE);
    assert_int_equal(people_standing(w, world_last_id(), "m0001/1").state, OBLIGATION_REACHED);
    s.token[3] = s.token[3] == 'x' ? 'y' : 'x';
    assert_int_equal(people_answer(w, &s, ANSWER_UNDERSTOOD, NULL), ACKNOWLEDGE_UNKNOWN);
    world_run_for(w, 90 * 24 * HOUR);
    enum acknowledge_outcome late = people_look(w, other);
    assert_true(late == ACKNOWLEDGE_UNKNOWN || late == ACKNOWLEDGE_DEAD);
    assert_int_equal(people_answer(w, other, ANSWER_UNDERSTOOD, NULL), late);
    world_free(w);
}

static void each_step_is_taken_once_across_crashes_and_clock_steps(void **state)
{
    (void)state;
    struct world *w = asking_world(3);
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    g_autofree char *id = g_strdup(world_last_id());
    world_run_for(w, MINUTE);
    virtual_clock(w->service.loop)->wall_ms += 15 * MINUTE; /* stepped past 3, 5, 6 and 10 */
    world_run_for(w, 2 * MINUTE);
    assert_int_equal(people_heard(w, R1, "remind"), 1);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    virtual_clock(w->service.loop)->wall_ms -= 17 * MINUTE; /* and all the way back */
    for (int i = 0; i < 22; i++) {
        world_run_for(w, MINUTE);
        int64_t now_ms = world_now_ms(w);
        world_crash(w);
        world_start(w, now_ms);
        if (i == 10)
            virtual_store_fail(w->service.store, 5);
    }
    assert_int_equal(people_heard(w, R1, "remind"), 1);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    assert_int_equal(people_heard(w, CENTER, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    assert_int_equal(people_standing(w, id, "m0001/1").ladder_due_ms, 0);
    world_free(w);
}

static void what_fell_due_while_it_was_down_is_taken_once(void **state)
{
    (void)state;
    struct world *w = asking_world(1);
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    world_crash(w);
    world_start(w, WORLD_START_MS + 15 * MINUTE);
    world_run_for(w, 3 * MINUTE);
    assert_int_equal(people_heard(w, R1, "remind"), 1);
    assert_int_equal(people_heard(w, R2, "remind"), 1);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    world_free(w);
}

static void whoever_takes_a_mission_stops_its_ladder(void **state)
{
    (void)state;
    struct world *w = asking_world(2);
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    const char *id = world_last_id();
    world_run_for(w, MINUTE);
    assert_int_equal(people_take(w, id, "m0009"), TAKEOVER_UNKNOWN_MISSION);
    assert_int_equal(people_take(w, "none", NULL), TAKEOVER_NOT_FOUND);
    assert_int_equal(people_take(w, id, "m0001"), TAKEOVER_DONE);
    assert_int_equal(people_take(w, id, "m0001"), TAKEOVER_NOTHING);
    world_run_for(w, HOUR);
    assert_int_equal(people_heard(w, R1, "remind"), 0);
    assert_string_equal(people_last(w, CHICAGO, NULL)->about, "m0002");
    assert_int_equal(world_records(w, "obligation.taken"), 2);
    assert_int_equal(people_answer(w, people_last(w, R1, "A"), ANSWER_UNDERSTOOD, NULL),
                     ACKNOWLEDGE_DONE);
    assert_int_equal(people_standing(w, id, "m0001/1").state, OBLIGATION_ACKNOWLEDGED);
    world_free(w);
}

static void a_wrong_person_is_the_duty_contacts_at_once(void **state)
{
    (void)state;
    struct world *w = asking_world(1);
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    const char *id = world_last_id();
    world_run_for(w, MINUTE);
    assert_int_equal(people_answer(w, people_last(w, R1, "A"), ANSWER_WRONG_PERSON, "left in May"),
                     ACKNOWLEDGE_DONE);
    world_run_for(w, 5000);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_WRONG_PERSON), 1);
    struct standing s = people_standing(w, id, "m0001/1");
    assert_int_equal(s.state, OBLIGATION_UNREACHABLE);
    assert_int_equal(s.answer, ANSWER_WRONG_PERSON);
    world_run_for(w, HOUR);
    assert_int_equal(people_heard(w, R1, "remind"), 0);
    assert_int_equal(people_heard(w, CENTER, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    assert_int_equal(world_records(w, "obligation.wrong-person"), 1);
    assert_int_equal(world_records(w, "matter.opened"), 1); /* the correction of the contact */
    world_free(w);
}

static void who_needs_assistance_is_heard_by_duty_and_partner(void **state)
{
    (void)state;
    struct world *w = asking_world(1);
    assert_int_equal(world_send(w, "A", SLOW), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    const struct sent *s = people_last(w, R1, "A");
    assert_int_equal(people_answer(w, s, ANSWER_UNDERSTOOD, NULL), ACKNOWLEDGE_DONE);
    assert_int_equal(people_answer(w, s, ANSWER_NEED_ASSISTANCE, "a crowd"), ACKNOWLEDGE_DONE);
    assert_int_equal(people_answer(w, s, ANSWER_NEED_ASSISTANCE, "a crowd"), ACKNOWLEDGE_ALREADY);
    world_run_for(w, 5000);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NEEDS_ASSISTANCE), 1);
    assert_int_equal(people_heard(w, POLICE, OBLIGATION_NEEDS_ASSISTANCE), 1);
    assert_int_equal(world_records(w, "obligation.assistance"), 1);
    assert_int_equal(people_standing(w, world_last_id(), "m0001/1").state, OBLIGATION_ACKNOWLEDGED);
    world_free(w);
}

static void a_call_for_help_after_the_end_is_heard(void **state)
{
    (void)state;
    struct world *w = asking_world(1);
    assert_int_equal(world_send(w, "A", SLOW), INTAKE_ACCEPTED);
    world_run_for(w, 60 * 24 * HOUR);
    const struct sent *s = people_last(w, R1, "A");
    assert_int_equal(people_answer(w, s, ANSWER_NEED_ASSISTANCE, NULL), ACKNOWLEDGE_LATE);
    world_run_for(w, 5000);
    assert_int_equal(world_records(w, "alarm.assistance"), 1);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NEEDS_ASSISTANCE), 0);
    world_free(w);
}

static void an_update_asks_again(void **state)
{
    (void)state;
    struct world *w = asking_world(1);
    assert_int_equal(world_send(w, "A", SLOW), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    const struct sent *first = people_last(w, R1, "A");
    assert_int_equal(people_answer(w, first, ANSWER_UNDERSTOOD, NULL), ACKNOWLEDGE_DONE);
    g_autofree char *update = update_of("It has moved", "," SLOW);
    assert_int_equal(world_send(w, "B", update), INTAKE_ACCEPTED);
    const char *id = world_last_id();
    world_run_for(w, MINUTE);
    assert_int_equal(people_standing(w, id, "m0001/1").state, OBLIGATION_REACHED);
    assert_int_equal(people_answer(w, first, ANSWER_NOT_AFFECTED, NULL), ACKNOWLEDGE_LATE);
    assert_int_equal(people_standing(w, id, "m0001/1").state, OBLIGATION_REACHED);
    assert_string_not_equal(first->token, people_last(w, R1, "B")->token);
    assert_int_equal(people_answer(w, people_last(w, R1, "B"), ANSWER_UNDERSTOOD, NULL),
                     ACKNOWLEDGE_DONE);
    assert_int_equal(people_standing(w, id, "m0001/1").state, OBLIGATION_ACKNOWLEDGED);
    world_free(w);
}

static void a_silent_update_carries_over(void **state)
{
    (void)state;
    struct world *w = asking_world(1);
    assert_int_equal(world_send(w, "A", SLOW), INTAKE_ACCEPTED);
    world_run_for(w, 40 * MINUTE);
    const struct sent *first = people_last(w, R1, "A"), *second = people_last(w, R2, "A");
    assert_int_equal(people_answer(w, first, ANSWER_UNDERSTOOD, NULL), ACKNOWLEDGE_DONE);
    guint before = w->sent->len;
    g_autofree char *update = update_of("A", "," SLOW);
    assert_int_equal(world_send(w, "B", update), INTAKE_ACCEPTED);
    const char *id = world_last_id();
    world_run_for(w, 5 * MINUTE);
    assert_int_equal(w->sent->len, before);
    assert_int_equal(people_standing(w, id, "m0001/1").state, OBLIGATION_ACKNOWLEDGED);
    struct standing s = people_standing(w, id, "m0001/2");
    assert_int_equal(s.state, OBLIGATION_REACHED);
    assert_true(s.asks);
    assert_int_equal(s.behind_s, 1800); /* its ladder goes on from where it was */
    assert_int_equal(people_answer(w, second, ANSWER_UNDERSTOOD, NULL), ACKNOWLEDGE_DONE);
    assert_int_equal(people_standing(w, id, "m0001/2").state, OBLIGATION_ACKNOWLEDGED);
    assert_int_equal(people_standing(w, id, NULL).broadcast, BROADCAST_CLOSED);
    world_free(w);
}

static void after_a_silent_update_reminders_go_on(void **state)
{
    (void)state;
    struct world *w = asking_world(1);
    assert_int_equal(world_send(w, "A", SLOW), INTAKE_ACCEPTED);
    world_run_for(w, 40 * MINUTE);
    assert_int_equal(people_heard(w, R2, "remind"), 1);
    g_autofree char *update = update_of("A", "," SLOW);
    assert_int_equal(world_send(w, "B", update), INTAKE_ACCEPTED);
    world_run_for(w, 15 * MINUTE);
    assert_int_equal(people_heard(w, R2, "remind"), 1);
    world_run_for(w, 10 * MINUTE);
    assert_int_equal(people_heard(w, R2, "remind"), 2);
    assert_int_equal(people_answer(w, people_last(w, R2, "B"), ANSWER_UNDERSTOOD, NULL),
                     ACKNOWLEDGE_DONE);
    world_run_for(w, 10 * HOUR);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NOT_ACKNOWLEDGED), 0);
    world_free(w);
}

static void without_an_address_nobody_is_asked(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, 3 * HOUR);
    assert_int_equal(people_heard(w, R1, ""), 1);
    assert_string_equal(people_last(w, R1, "A")->token, "");
    assert_false(people_standing(w, world_last_id(), "m0001/1").asks);
    assert_int_equal(people_heard(w, CENTER, ""), 0);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_climbs_the_ladder),
        cmocka_unit_test(a_quorum_stops_reminders_and_ladder),
        cmocka_unit_test(below_the_quorum_only_those_who_answered_are_left_alone),
        cmocka_unit_test(reminders_go_on_where_the_policy_says_so),
        cmocka_unit_test(an_answer_does_not_silence_the_others_message),
        cmocka_unit_test(guesses_and_old_links_change_nothing),
        cmocka_unit_test(each_step_is_taken_once_across_crashes_and_clock_steps),
        cmocka_unit_test(what_fell_due_while_it_was_down_is_taken_once),
        cmocka_unit_test(whoever_takes_a_mission_stops_its_ladder),
        cmocka_unit_test(a_wrong_person_is_the_duty_contacts_at_once),
        cmocka_unit_test(who_needs_assistance_is_heard_by_duty_and_partner),
        cmocka_unit_test(a_call_for_help_after_the_end_is_heard),
        cmocka_unit_test(an_update_asks_again),
        cmocka_unit_test(a_silent_update_carries_over),
        cmocka_unit_test(after_a_silent_update_reminders_go_on),
        cmocka_unit_test(without_an_address_nobody_is_asked),
    };
    return cmocka_run_group_tests_name("a broadcast that asks, on the virtual clock", tests, NULL,
                                       NULL);
}

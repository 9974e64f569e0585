/*
 * A correction that a person let go before it was known what it corrects, on the virtual clock:
 * each name is a promise.  A is the alert, B what links C to it, and comes last.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "adrift.h"

#define LATER                                                                                      \
    "\"type\":\"update\"," AT(                                                                     \
        "34") ",\"references\":["                                                                  \
              "{\"identifier\":\"A\",\"sender\":\"desk@dss.example\"," AT(                         \
                  "30") "},"                                                                       \
                        "{\"identifier\":\"B\",\"sender\":\"desk@dss.example\"," AT("31") "}]"

#define BY_ANOTHER "\"sender\":\"chief@dss.example\"," /* who may correct everybody */
#define OF_ANOTHER(minute)                                                                         \
    "\"type\":\"update\"," AT(minute) ",\"references\":[{\"identifier\":\"B\"," BY_ANOTHER AT(     \
        "31") "}]"

static const struct sent *sent_at(const struct world *w, guint i)
{
    return g_ptr_array_index(w->sent, i);
}

static unsigned part_of_last(const struct world *w, const char *endpoint)
{
    for (guint i = w->sent->len; i > 0; i--)
        if (g_str_equal(sent_at(w, i - 1)->endpoint, endpoint))
            return sent_at(w, i - 1)->parts;
    return 0;
}

static const struct decision_request approve = { .kind = DECISION_APPROVE,
                                                 .principal = "token:chief",
                                                 .missions = 3 };

static struct world *begin_with_two_persons(void)
{
    return world_new(&(struct world_roster){ .missions = 3, .second_person = "actual 3 1800" });
}

static void send_approved_alert(struct world *w)
{
    assert_int_equal(world_send(w, "A", FIRST), INTAKE_ACCEPTED);
    assert_int_equal(world_decide(w, &approve), DECISION_DONE);
    world_run_for(w, MINUTE / 2);
}

static void whoever_had_the_alert_is_told_when_the_link_comes(void **state)
{
    (void)state;
    struct world *w = adrift_begin();
    adrift_send(w, "A", FIRST, MINUTE / 2);
    adrift_let_update_go(w, MINUTE / 2);
    adrift_must_hear(w, adrift_second, "A");
    adrift_send(w, "B", LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "AC");
    adrift_must_hear(w, adrift_second, "AC");
    adrift_must_hear(w, "mailto:r2@m0003.example", "AC");
    assert_int_equal(part_of_last(w, adrift_second), 1u << PART_RELEASE);
    assert_int_equal(world_records(w, "broadcast.extended"), 1);
    world_free(w);
}

/* Both correct B, which is another's: until it is here nobody can tell that it is theirs, nor that
 * they are of one event. */
static void who_had_one_of_two_is_told_the_other_when_their_link_comes(void **state)
{
    (void)state;
    struct world *w = adrift_begin();
    adrift_send(w, "A", FIRST "," TO("m0001"), MINUTE / 2);
    adrift_let_go(w, "C", OF_ANOTHER("32"), "m0002", MINUTE / 2);
    adrift_let_go(w, "E", OF_ANOTHER("34"), "m0003", MINUTE / 2);
    adrift_must_hear(w, adrift_first, "A");
    adrift_must_hear(w, adrift_second, "C");
    adrift_send(w, "B", BY_ANOTHER LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "AE");
    adrift_must_hear(w, adrift_second, "CE");
    adrift_must_hear(w, "mailto:r1@m0003.example", "E");
    world_free(w);
}

static struct reaction try_the_second_again(const struct notice *n, void *ctx)
{
    (void)ctx;
    bool again = strstr(n->notification->endpoint, "m0002") && *n->broadcast->identifier == 'A';
    return again ? (struct reaction){ .kind = OUTCOME_DEFERRED, .code = 451 }
                 : (struct reaction){ .code = 250 };
}

/* Whether the link goes itself or needs a person. */
static void alert_is_stopped(const char *rule)
{
    struct world *w = world_new(&(struct world_roster){ .missions = 3, .second_person = rule });
    w->answers = try_the_second_again;
    adrift_send(w, "A", FIRST, MINUTE / 2);
    if (rule)
        assert_int_equal(world_decide(w, &approve), DECISION_DONE);
    world_run_for(w, MINUTE / 2);
    adrift_let_update_go(w, MINUTE / 2);
    adrift_send(w, "B", LINK, MINUTE / 2);
    unsigned before = world_to_missions(w);
    world_run_for(w, 60 * MINUTE);
    assert_int_equal(world_to_missions(w),
                     before); /* neither more of A, nor what releases nobody */
    g_autofree char *second = adrift_heard(w, adrift_second);
    assert_null(strchr(second, 'C'));
    adrift_must_hear(w, "mailto:r1@m0003.example", "AC");
    world_free(w);
}

static void what_was_not_sent_of_the_alert_is_not_sent_any_more(void **state)
{
    (void)state;
    alert_is_stopped(NULL);
    alert_is_stopped("actual 3 1800");
}

static void a_link_that_a_person_must_look_at_links_at_once(void **state)
{
    (void)state;
    struct world *w = begin_with_two_persons();
    send_approved_alert(w);
    adrift_let_update_go(w, MINUTE / 2);
    adrift_send(w, "B", LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_second, "AC");
    assert_int_equal(world_decide(w, &approve), DECISION_DONE);
    world_run_for(w, MINUTE);
    adrift_must_hear(w, adrift_second, "AC");
    world_free(w);
}

/* Sent after C, and waiting for a person: it names the alert, and what C refers to. */
static void a_later_one_that_names_both_links_them_as_well(void **state)
{
    (void)state;
    struct world *w = begin_with_two_persons();
    send_approved_alert(w);
    adrift_let_update_go(w, MINUTE / 2);
    adrift_send(w, "F", LATER, MINUTE / 2);
    adrift_must_hear(w, adrift_second, "AC");
    assert_int_equal(world_decide(w, &approve), DECISION_DONE);
    world_run_for(w, MINUTE / 2);
    adrift_must_hear(w, adrift_second, "ACF");
    adrift_send(w, "B", LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_second, "ACF");
    world_free(w);
}

/* D and the cancel E wait for B, which needs a person; so does D, which has all of A to tell. */
static void a_cancel_goes_though_an_update_that_waited_as_well_does_not(void **state)
{
    (void)state;
    struct world *w = begin_with_two_persons();
    adrift_send(w, "D", UPDATE "," TO("m0001"), MINUTE / 2);
    send_approved_alert(w);
    adrift_send(w, "E", "\"type\":\"cancel\"," AT("33") "," REFERS("B", "31"), MINUTE / 2);
    adrift_must_hear(w, adrift_first, "A");
    adrift_send(w, "B", LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "AE");
    adrift_must_hear(w, adrift_second, "AE");
    world_free(w);
}

/* E has cancelled what nobody knew to be of A, and of the same people: F cancels all of it, though
 * what E was to say again is withdrawn for it where B needs a person. */
static void next_cancel_is_told(const char *rule, bool asks)
{
    struct world *w = world_new(&(struct world_roster){ .missions = 3, .second_person = rule });
    adrift_let_update_go(w, MINUTE / 2);
    adrift_send(w, "E", CANCEL, MINUTE / 2);
    assert_int_equal(world_send(w, "A", FIRST), INTAKE_ACCEPTED);
    if (asks)
        assert_int_equal(world_decide(w, &approve), DECISION_DONE);
    world_run_for(w, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "CEA");
    adrift_send(w, "F", "\"type\":\"cancel\"," AT("34") "," REFERS("B", "31"), MINUTE / 2);
    adrift_must_hear(w, adrift_first, "CEA");
    adrift_send(w, "B", LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "CEAF");
    adrift_must_hear(w, adrift_second, "AF");
    assert_int_equal(part_of_last(w, adrift_first), 1u << PART_CANCEL);
    world_free(w);
}

static void who_heard_the_alert_after_a_cancel_is_told_the_next_one(void **state)
{
    (void)state;
    next_cancel_is_told("actual 4 1800", false);
    next_cancel_is_told("actual 3 1800", true);
}

static void must_be_released(struct world *w, const char *id)
{
    struct broadcast_row *row = world_row(w, id);
    assert_int_equal(row->state, BROADCAST_RELEASED);
    broadcast_row_free(row);
}

/* It was closed, because nobody had been told of what it cancels. */
static void a_cancel_that_had_nobody_to_tell_is_told_then(void **state)
{
    (void)state;
    struct world *w = adrift_begin();
    adrift_send(w, "A", FIRST, MINUTE / 2);
    assert_int_equal(world_send(w, "D", CANCEL), INTAKE_ACCEPTED); /* waits for C */
    g_autofree char *id = g_strdup(world_last_id());
    adrift_let_update_go(w, MINUTE / 2); /* and stops it */
    adrift_must_hear(w, adrift_first, "A");
    assert_int_equal(world_records(w, "broadcast.closed"), 1);
    adrift_send(w, "B", LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "AD");
    adrift_must_hear(w, adrift_second, "AD");
    must_be_released(w, id);
    assert_int_equal(part_of_last(w, adrift_second), 1u << PART_CANCEL);
    world_free(w);
}

static void of_one_that_has_expired_the_desk_is_told(void **state)
{
    (void)state;
    struct world *w = adrift_begin();
    struct decision_request q = { .kind = DECISION_RELEASE,
                                  .principal = "token:chief",
                                  .missions = 1,
                                  .audience = "{\"missions\":[\"m0001\"]}" };
    adrift_send(w, "A", FIRST, MINUTE / 2);
    assert_int_equal(
        world_send(w, "C", UPDATE "," TO("m0001") ",\"expires\":\"2026-11-23T14:40:00Z\""),
        INTAKE_ACCEPTED);
    assert_int_equal(world_decide(w, &q), DECISION_DONE);
    world_run_for(w, 20 * MINUTE);
    adrift_send(w, "B", LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_second, "A");
    assert_int_equal(world_records(w, "alarm.late_correction"), 1);
    world_free(w);
}

static void nobody_is_told_twice_of_what_is_told_already(void **state)
{
    (void)state;
    struct world *w = adrift_begin();
    adrift_send(w, "A", FIRST, MINUTE / 2);
    adrift_let_update_go(w, MINUTE / 2);
    adrift_send(w, "B", LINK, MINUTE / 2);
    adrift_send(w, "E", "\"type\":\"update\",\"sent\":\"2026-11-23T14:31:30Z\"," REFERS("A", "30"),
                MINUTE / 2);
    adrift_must_hear(w, adrift_first, "AC");
    adrift_must_hear(w, adrift_second, "AC");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_had_the_alert_is_told_when_the_link_comes),
        cmocka_unit_test(who_had_one_of_two_is_told_the_other_when_their_link_comes),
        cmocka_unit_test(what_was_not_sent_of_the_alert_is_not_sent_any_more),
        cmocka_unit_test(a_link_that_a_person_must_look_at_links_at_once),
        cmocka_unit_test(a_later_one_that_names_both_links_them_as_well),
        cmocka_unit_test(a_cancel_goes_though_an_update_that_waited_as_well_does_not),
        cmocka_unit_test(who_heard_the_alert_after_a_cancel_is_told_the_next_one),
        cmocka_unit_test(a_cancel_that_had_nobody_to_tell_is_told_then),
        cmocka_unit_test(of_one_that_has_expired_the_desk_is_told),
        cmocka_unit_test(nobody_is_told_twice_of_what_is_told_already),
    };
    return cmocka_run_group_tests_name("hindsight on the virtual clock", tests, NULL, NULL);
}

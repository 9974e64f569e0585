/*
 * A correction that a person let go before it was known what it corrects, on the virtual clock:
 * each name is a promise.  A is the alert, B what links C to it, and comes last.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "world_decide.h"

#define MINUTE INT64_C(60000)
#define AT(minute) "\"sent\":\"2026-11-23T14:" minute ":00Z\""
#define REFERS(to, minute)                                                                         \
    "\"references\":[{\"identifier\":\"" to "\",\"sender\":\"desk@dss.example\"," AT(minute) "}]"
#define FIRST AT("30")
#define LINK "\"type\":\"update\"," AT("31") "," REFERS("A", "30")
#define UPDATE "\"type\":\"update\"," AT("32") "," REFERS("B", "31")
#define CANCEL "\"type\":\"cancel\"," AT("33") "," REFERS("C", "32")
#define LATER                                                                                      \
    "\"type\":\"update\"," AT(                                                                     \
        "34") ",\"references\":["                                                                  \
              "{\"identifier\":\"A\",\"sender\":\"desk@dss.example\"," AT(                         \
                  "30") "},"                                                                       \
                        "{\"identifier\":\"B\",\"sender\":\"desk@dss.example\"," AT("31") "}]"
#define TO(mission) "\"audience\":{\"missions\":[\"" mission "\"]}"

static const char *const first_person = "mailto:r1@m0001.example";
static const char *const second_mission = "mailto:r1@m0002.example";

static const struct sent *sent_at(const struct world *w, guint i)
{
    return g_ptr_array_index(w->sent, i);
}

/* What that endpoint was sent, one letter each. */
static char *heard(const struct world *w, const char *endpoint)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < w->sent->len; i++)
        if (g_str_equal(sent_at(w, i)->endpoint, endpoint))
            g_string_append_c(out, *sent_at(w, i)->identifier);
    return g_string_free(out, FALSE);
}

static void must_hear(const struct world *w, const char *endpoint, const char *want)
{
    g_autofree char *got = heard(w, endpoint);
    if (!g_str_equal(got, want))
        fail_msg("%s heard %s, not %s", endpoint, got, want);
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

static struct world *begin(void)
{
    return world_new(&(struct world_roster){ .missions = 3 });
}

static void send(struct world *w, const char *identifier, const char *members)
{
    assert_int_equal(world_send(w, identifier, members), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE / 2);
}

static void send_approved_alert(struct world *w)
{
    assert_int_equal(world_send(w, "A", FIRST), INTAKE_ACCEPTED);
    assert_int_equal(world_decide(w, &approve), DECISION_DONE);
    world_run_for(w, MINUTE / 2);
}

/* A person lets the update to the first mission go, which refers to what is not here. */
static void let_update_go(struct world *w)
{
    struct decision_request q = { .kind = DECISION_RELEASE,
                                  .principal = "token:chief",
                                  .missions = 1,
                                  .audience = "{\"missions\":[\"m0001\"]}" };
    assert_int_equal(world_send(w, "C", UPDATE "," TO("m0001")), INTAKE_ACCEPTED);
    assert_int_equal(world_decide(w, &q), DECISION_DONE);
    world_run_for(w, MINUTE / 2);
}

static void whoever_had_the_alert_is_told_when_the_link_comes(void **state)
{
    (void)state;
    struct world *w = begin();
    send(w, "A", FIRST);
    let_update_go(w);
    must_hear(w, second_mission, "A");
    send(w, "B", LINK);
    must_hear(w, first_person, "AC");
    must_hear(w, second_mission, "AC");
    must_hear(w, "mailto:r2@m0003.example", "AC");
    assert_int_equal(part_of_last(w, second_mission), 1u << PART_RELEASE);
    assert_int_equal(world_records(w, "broadcast.extended"), 1);
    world_free(w);
}

static void who_heard_the_alert_after_it_hears_it_again(void **state)
{
    (void)state;
    struct world *w = begin();
    let_update_go(w);
    send(w, "A", FIRST);
    must_hear(w, first_person, "CA");
    send(w, "B", LINK);
    must_hear(w, first_person, "CAC");
    must_hear(w, second_mission, "AC");
    world_free(w);
}

static struct reaction never_says_of_the_update(const struct notice *n, void *ctx)
{
    (void)ctx;
    bool update = *n->broadcast->identifier == 'U';
    return (struct reaction){ .code = 250, .after_ms = update ? -1 : 5 };
}

/* U is on its way when the daemon dies; of A, which came before C, there is a record. */
static void who_may_have_heard_an_older_one_after_it_hears_it_again(void **state)
{
    (void)state;
    struct world *w = begin();
    w->answers = never_says_of_the_update;
    send(w, "A", FIRST);
    let_update_go(w);
    send(w, "U", "\"type\":\"update\",\"sent\":\"2026-11-23T14:30:30Z\"," REFERS("A", "30"));
    must_hear(w, first_person, "ACU");
    int64_t died_ms = world_now_ms(w);
    world_crash(w);
    world_start(w, died_ms + MINUTE / 2);
    send(w, "B", LINK);
    must_hear(w, first_person, "ACUC");
    world_free(w);
}

/* Of the first C nobody knows whether it came; the second is on its way when B comes. */
static struct reaction does_not_say_at_first(const struct notice *n, void *ctx)
{
    (void)ctx;
    if (*n->broadcast->identifier != 'C' || !g_str_equal(n->notification->endpoint, first_person))
        return (struct reaction){ .code = 250 };
    return n->notification->attempt == 0
               ? (struct reaction){ .kind = OUTCOME_UNKNOWN, .retry_after_ms = 40000 }
               : (struct reaction){ .code = 250, .after_ms = MINUTE };
}

static void what_is_being_said_again_is_not_said_once_more(void **state)
{
    (void)state;
    struct world *w = begin();
    w->answers = does_not_say_at_first;
    let_update_go(w);
    send(w, "A", FIRST);
    must_hear(w, first_person, "CAC");
    send(w, "B", LINK);
    world_run_for(w, 10 * MINUTE);
    must_hear(w, first_person, "CAC");
    must_hear(w, second_mission, "AC");
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
    send(w, "A", FIRST);
    if (rule)
        assert_int_equal(world_decide(w, &approve), DECISION_DONE);
    world_run_for(w, MINUTE / 2);
    let_update_go(w);
    send(w, "B", LINK);
    unsigned before = world_to_missions(w);
    world_run_for(w, 60 * MINUTE);
    assert_int_equal(world_to_missions(w),
                     before); /* neither more of A, nor what releases nobody */
    g_autofree char *second = heard(w, second_mission);
    assert_null(strchr(second, 'C'));
    must_hear(w, "mailto:r1@m0003.example", "AC");
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
    let_update_go(w);
    send(w, "B", LINK);
    must_hear(w, second_mission, "AC");
    assert_int_equal(world_decide(w, &approve), DECISION_DONE);
    world_run_for(w, MINUTE);
    must_hear(w, second_mission, "AC");
    world_free(w);
}

/* Sent after C, and waiting for a person: it names the alert, and what C refers to. */
static void a_later_one_that_names_both_links_them_as_well(void **state)
{
    (void)state;
    struct world *w = begin_with_two_persons();
    send_approved_alert(w);
    let_update_go(w);
    send(w, "F", LATER);
    must_hear(w, second_mission, "AC");
    assert_int_equal(world_decide(w, &approve), DECISION_DONE);
    world_run_for(w, MINUTE / 2);
    must_hear(w, second_mission, "ACF");
    send(w, "B", LINK);
    must_hear(w, second_mission, "ACF");
    world_free(w);
}

/* D and the cancel E wait for B, which needs a person; so does D, which has all of A to tell. */
static void a_cancel_goes_though_an_update_that_waited_as_well_does_not(void **state)
{
    (void)state;
    struct world *w = begin_with_two_persons();
    send(w, "D", UPDATE "," TO("m0001"));
    send_approved_alert(w);
    send(w, "E", "\"type\":\"cancel\"," AT("33") "," REFERS("B", "31"));
    must_hear(w, first_person, "A");
    send(w, "B", LINK);
    must_hear(w, first_person, "AE");
    must_hear(w, second_mission, "AE");
    world_free(w);
}

/* E has cancelled what nobody knew to be of A, and of the same people: F cancels all of it, though
 * what E was to say again is withdrawn for it where B needs a person. */
static void next_cancel_is_told(const char *rule, bool asks)
{
    struct world *w = world_new(&(struct world_roster){ .missions = 3, .second_person = rule });
    let_update_go(w);
    send(w, "E", CANCEL);
    assert_int_equal(world_send(w, "A", FIRST), INTAKE_ACCEPTED);
    if (asks)
        assert_int_equal(world_decide(w, &approve), DECISION_DONE);
    world_run_for(w, MINUTE / 2);
    must_hear(w, first_person, "CEA");
    send(w, "F", "\"type\":\"cancel\"," AT("34") "," REFERS("B", "31"));
    must_hear(w, first_person, "CEA");
    send(w, "B", LINK);
    must_hear(w, first_person, "CEAF");
    must_hear(w, second_mission, "AF");
    assert_int_equal(part_of_last(w, first_person), 1u << PART_CANCEL);
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
    struct world *w = begin();
    send(w, "A", FIRST);
    assert_int_equal(world_send(w, "D", CANCEL), INTAKE_ACCEPTED); /* waits for C */
    g_autofree char *id = g_strdup(world_last_id());
    let_update_go(w); /* and stops it */
    must_hear(w, first_person, "A");
    assert_int_equal(world_records(w, "broadcast.closed"), 1);
    send(w, "B", LINK);
    must_hear(w, first_person, "AD");
    must_hear(w, second_mission, "AD");
    must_be_released(w, id);
    assert_int_equal(part_of_last(w, second_mission), 1u << PART_CANCEL);
    world_free(w);
}

static void of_one_that_has_expired_the_desk_is_told(void **state)
{
    (void)state;
    struct world *w = begin();
    struct decision_request q = { .kind = DECISION_RELEASE,
                                  .principal = "token:chief",
                                  .missions = 1,
                                  .audience = "{\"missions\":[\"m0001\"]}" };
    send(w, "A", FIRST);
    assert_int_equal(
        world_send(w, "C", UPDATE "," TO("m0001") ",\"expires\":\"2026-11-23T14:40:00Z\""),
        INTAKE_ACCEPTED);
    assert_int_equal(world_decide(w, &q), DECISION_DONE);
    world_run_for(w, 20 * MINUTE);
    send(w, "B", LINK);
    must_hear(w, second_mission, "A");
    assert_int_equal(world_records(w, "alarm.late_correction"), 1);
    world_free(w);
}

static void nobody_is_told_twice_of_what_is_told_already(void **state)
{
    (void)state;
    struct world *w = begin();
    send(w, "A", FIRST);
    let_update_go(w);
    send(w, "B", LINK);
    send(w, "E", "\"type\":\"update\",\"sent\":\"2026-11-23T14:31:30Z\"," REFERS("A", "30"));
    must_hear(w, first_person, "AC");
    must_hear(w, second_mission, "AC");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_had_the_alert_is_told_when_the_link_comes),
        cmocka_unit_test(who_heard_the_alert_after_it_hears_it_again),
        cmocka_unit_test(who_may_have_heard_an_older_one_after_it_hears_it_again),
        cmocka_unit_test(what_is_being_said_again_is_not_said_once_more),
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

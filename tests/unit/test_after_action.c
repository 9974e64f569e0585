#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report_world.h"

static void test_numbers(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    struct after_action *a = report_of(w);
    const struct {
        const char *name;
        int64_t got, want;
    } rows[] = {
        { "affected", a->coverage.affected, 5 },
        { "covered", a->coverage.covered, 1 },
        { "taken", a->coverage.taken, 1 },
        { "waiting", a->coverage.waiting, 3 },
        { "missions reached: all but the one without anybody", a->reached, 4 },
        { "representatives", a->representatives, 7 },
        { "reached: all but the one who was refused", a->representatives_reached, 6 },
        { "acknowledged", a->representatives_acknowledged, 1 },
        { "messages: not the desk's", a->messages, 8 },
        { "reminders", a->reminders, 1 },
        { "attempts: the desk's too", a->attempts, 9 },
        { "accepted", a->by_state[NOTIFICATION_ACCEPTED], 8 },
        { "refused", a->by_state[NOTIFICATION_REFUSED], 1 },
        { "deferred", a->by_state[NOTIFICATION_DEFERRED], 1 },
        { "understood", a->answers[ANSWER_UNDERSTOOD], 1 },
        { "assistance", a->answers[ANSWER_NEED_ASSISTANCE], 1 },
        { "wrong person", a->answers[ANSWER_WRONG_PERSON], 1 },
        { "by page", a->methods[METHOD_PAGE], 2 },
        { "first reached", a->first_reached_ms, CALL_RELEASED + 1000 },
        { "last reached", a->last_reached_ms, CALL_RELEASED + 8000 },
        { "first covered", a->first_covered_ms, CALL_RELEASED + 4 * CALL_MINUTE },
        { "last covered", a->last_covered_ms, CALL_RELEASED + 4 * CALL_MINUTE },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].got != rows[i].want)
            fail_msg("%s: %" G_GINT64_FORMAT, rows[i].name, rows[i].got);
    }
    after_action_free(a);
    call_world_free(w);
}

/* "1:1/0 2:2/0 …": seconds after the release, missions reached and covered from then on. */
static char *steps_text(const struct after_action *a)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < a->steps->len; i++) {
        const struct after_action_step *s = &g_array_index(a->steps, struct after_action_step, i);
        g_string_append_printf(out, "%s%d:%u/%u", i ? " " : "",
                               (int)((s->time_ms - CALL_RELEASED) / 1000), s->reached, s->covered);
    }
    return g_string_free(out, FALSE);
}

static void test_coverage_over_time(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    struct after_action *a = report_of(w);
    g_autofree char *got = steps_text(a);
    assert_string_equal(got, "1:1/0 2:2/0 5:3/0 8:4/0 240:4/1");
    after_action_free(a);
    call_world_free(w);
}

/* Two are needed: the mission is covered when the second has acknowledged, not the first. */
static void test_the_quorum_is_the_last_of_those_needed(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    w->broadcast->urgency = URGENCY_IMMEDIATE;
    for (guint i = 0; i < w->obligations->len; i++) {
        struct obligation *o = w->obligations->pdata[i];
        if (!g_str_equal(o->recipient, "fr-chicago/2"))
            continue;
        o->state = OBLIGATION_ACKNOWLEDGED;
        o->ended_ms = CALL_RELEASED + 11 * CALL_MINUTE;
    }
    struct after_action *a = report_of(w);
    assert_int_equal(a->coverage.covered, 1);
    assert_int_equal(a->first_covered_ms, CALL_RELEASED + 11 * CALL_MINUTE);
    after_action_free(a);
    call_world_free(w);
}

static void test_lists(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    struct after_action *a = report_of(w);
    g_autoptr(GString) missions = g_string_new(NULL), people = g_string_new(NULL);
    for (guint i = 0; i < a->missions->len; i++) {
        const struct after_action_mission *m = a->missions->pdata[i];
        g_string_append_printf(missions, "%s %s %d; ", m->id, mission_answer_names[m->answer],
                               m->reached);
    }
    for (guint i = 0; i < a->people->len; i++) {
        const struct after_action_person *p = a->people->pdata[i];
        g_string_append_printf(people, "%s %s; ", p->recipient, p->state);
    }
    assert_string_equal(missions->str, "gb-chicago waiting 1; ar-chicago waiting 1; ht-chicago "
                                       "waiting 0; mx-chicago taken 1; ");
    assert_string_equal(people->str,
                        "ar-chicago/1 reached; ar-chicago/2 unreachable; fr-chicago/2 reached; "
                        "gb-chicago/1 unreachable; gb-chicago/2 reached; mx-chicago/1 escalated; ");
    const struct after_action_mission *mexico = a->missions->pdata[3];
    assert_string_equal(mexico->taken_by, "unix:watch: spoke with the consul");
    const struct after_action_person *refused = a->people->pdata[1];
    assert_string_equal(refused->reply, "550 5.1.1 =no \"such\" user, <b>");
    after_action_free(a);
    call_world_free(w);
}

static void test_escalations_and_versions(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    struct after_action *a = report_of(w);
    assert_int_equal(a->escalations->len, 1);
    const struct after_action_escalation *e = a->escalations->pdata[0];
    assert_string_equal(e->recipient, "desk:command-center");
    assert_string_equal(e->missions, "gb-chicago");
    assert_string_equal(e->state, "reached");
    assert_int_equal(e->time_ms, CALL_RELEASED + 30 * CALL_MINUTE);
    assert_int_equal(a->versions->len, 2);
    const struct after_action_version *before = a->versions->pdata[0];
    assert_string_equal(before->identifier, "PLD-2012-0116");
    after_action_free(a);
    call_world_free(w);
}

static void test_by_office(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    struct affected_mission *haiti = w->missions->pdata[3];
    g_free(haiti->office);
    haiti->office = g_strdup("atlanta");
    struct after_action *a = report_of(w);
    assert_int_equal(a->offices->len, 2);
    const struct after_action_office *atlanta = a->offices->pdata[0],
                                     *chicago = a->offices->pdata[1];
    assert_string_equal(atlanta->office, "atlanta");
    assert_int_equal(atlanta->waiting, 1);
    assert_int_equal(atlanta->first_reached_ms, 0);
    assert_int_equal(atlanta->median_answer_ms, -1);
    assert_int_equal(chicago->missions, 4);
    assert_int_equal(chicago->covered, 1);
    assert_int_equal(chicago->taken, 1);
    assert_int_equal(chicago->median_answer_ms, 4 * CALL_MINUTE);
    after_action_free(a);
    call_world_free(w);
}

/* Where nobody is asked, whoever was not reached is what matters. */
static void test_a_broadcast_that_does_not_ask(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    for (guint i = 0; i < w->obligations->len; i++)
        ((struct obligation *)w->obligations->pdata[i])->asks = false;
    struct after_action *a = report_of(w);
    assert_false(a->asked);
    assert_int_equal(a->coverage.covered, 0);
    assert_int_equal(a->people->len, 1);
    assert_string_equal(((struct after_action_person *)a->people->pdata[0])->recipient,
                        "ar-chicago/2");
    after_action_free(a);
    call_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_coverage_over_time),
        cmocka_unit_test(test_the_quorum_is_the_last_of_those_needed),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_escalations_and_versions),
        cmocka_unit_test(test_by_office),
        cmocka_unit_test(test_a_broadcast_that_does_not_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

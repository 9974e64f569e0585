/*
 * Who may have heard an older version after the last word hears the last word again, and nobody
 * else, on the virtual clock: each name is a promise (adrift.h says what A, B and C are).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "adrift.h"
#include "people.h"

#define NAMES(identifier, minute)                                                                  \
    "{\"identifier\":\"" identifier "\",\"sender\":\"desk@dss.example\"," AT(minute) "}"
#define BOTH                                                                                       \
    "\"type\":\"update\"," AT("32") ",\"references\":[" NAMES("B", "31") "," NAMES("G", "29") "]"
#define OTHER "\"type\":\"update\"," AT("28") "," REFERS("U", "27")
#define OTHER_LINK "\"type\":\"update\"," AT("29") "," REFERS("V", "28")

#define SAME                                                                                       \
    "\"type\":\"update\"," AT("34") "," REFERS(                                                    \
        "A",                                                                                       \
        "30") ",\"messages\":[{\"language\":\"en\",\"headline\":\"A\",\"description\":\"Text.\"}]"

#define OVER "\"type\":\"update\"," AT("33") "," REFERS("C", "32")

static void dies_and_begins_again(struct world *w)
{
    int64_t died_ms = world_now_ms(w);
    world_crash(w);
    world_start(w, died_ms + MINUTE / 2);
}

static bool is_to_the_first(const struct notice *n, char identifier)
{
    return *n->broadcast->identifier == identifier &&
           g_str_equal(n->notification->endpoint, adrift_first);
}

static void who_heard_the_alert_after_it_hears_it_again(void **state)
{
    (void)state;
    struct world *w = adrift_begin();
    adrift_let_update_go(w, MINUTE / 2);
    adrift_send(w, "A", FIRST, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "CA");
    adrift_send(w, "B", LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "CAC");
    adrift_must_hear(w, adrift_second, "AC");
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
    struct world *w = adrift_begin();
    w->answers = never_says_of_the_update;
    adrift_send(w, "A", FIRST, MINUTE / 2);
    adrift_let_update_go(w, MINUTE / 2);
    adrift_send(w, "U", "\"type\":\"update\",\"sent\":\"2026-11-23T14:30:30Z\"," REFERS("A", "30"),
                MINUTE / 2);
    adrift_must_hear(w, adrift_first, "ACU");
    dies_and_begins_again(w);
    adrift_send(w, "B", LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "ACUC");
    world_free(w);
}

/* Of the first C nobody knows whether it came; the second is on its way when B comes. */
static struct reaction does_not_say_at_first(const struct notice *n, void *ctx)
{
    (void)ctx;
    if (!is_to_the_first(n, 'C'))
        return (struct reaction){ .code = 250 };
    return n->notification->attempt == 0
               ? (struct reaction){ .kind = OUTCOME_UNKNOWN, .retry_after_ms = 40000 }
               : (struct reaction){ .code = 250, .after_ms = MINUTE };
}

static void what_is_being_said_again_is_not_said_once_more(void **state)
{
    (void)state;
    struct world *w = adrift_begin();
    w->answers = does_not_say_at_first;
    adrift_let_update_go(w, MINUTE / 2);
    adrift_send(w, "A", FIRST, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "CAC");
    adrift_send(w, "B", LINK, MINUTE / 2);
    world_run_for(w, 10 * MINUTE);
    adrift_must_hear(w, adrift_first, "CAC");
    adrift_must_hear(w, adrift_second, "AC");
    world_free(w);
}

/* C refers to G as well, which links it to V, and comes when C has been said again because of B. */
static void what_was_said_again_is_said_once_more_only_once(void **state)
{
    (void)state;
    struct world *w = adrift_begin();
    adrift_let_go(w, "C", BOTH "," TO("m0001"), "m0001", MINUTE / 2);
    adrift_send(w, "A", FIRST, MINUTE / 2);
    adrift_send(w, "B", LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "CAC");
    adrift_let_go(w, "V", OTHER "," TO("m0001"), "m0001", MINUTE / 2);
    adrift_must_hear(w, adrift_first, "CACV");
    adrift_send(w, "G", OTHER_LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "CACVC");
    world_free(w);
}

/* F says what A said, so that nobody is sent it: who does not answer is reminded of it, and then of
 * C, which nobody knows to be older. */
static void who_was_only_reminded_of_it_hears_it(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 3, .acknowledge = "" });
    adrift_send(w, "A", FIRST "," TO("m0001"), MINUTE / 6);
    adrift_send(w, "F", SAME "," TO("m0001"), MINUTE / 6);
    adrift_let_update_go(w, MINUTE);
    adrift_must_hear(w, adrift_first, "AC");
    world_run_for(w, 3 * MINUTE);
    adrift_must_hear(w, adrift_first, "ACFC");
    adrift_send(w, "B", LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "ACFCF");
    world_free(w);
}

static struct reaction puts_reminders_off(const struct notice *n, void *ctx)
{
    (void)ctx;
    bool reminder = n->notification->purpose == PURPOSE_REMIND;
    return (struct reaction){ .kind = reminder ? OUTCOME_DEFERRED : OUTCOME_ACCEPTED,
                              .code = reminder ? 451 : 250,
                              .after_ms = 5 };
}

static unsigned times_taken(const struct world *w, const char *identifier)
{
    unsigned n = 0;
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        n += s->kind == OUTCOME_ACCEPTED && g_str_equal(s->identifier, identifier) &&
             g_str_equal(s->endpoint, adrift_first);
    }
    return n;
}

static void answers_the_update(struct world *w)
{
    assert_int_equal(people_answer(w, people_last(w, adrift_first, "C"), ANSWER_UNDERSTOOD, ""),
                     ACKNOWLEDGE_DONE);
}

static void whose_reminder_was_taken_back_hears_it_again(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 3, .acknowledge = "" });
    w->answers = puts_reminders_off;
    adrift_let_update_go(w, MINUTE);
    adrift_send(w, "A", FIRST "," TO("m0001"), 4 * MINUTE);
    answers_the_update(w);
    assert_int_equal(times_taken(w, "C"), 1);
    adrift_send(w, "B", LINK, MINUTE / 2);
    assert_int_equal(times_taken(w, "C"), 2);
    world_free(w);
}

/* A reminder that waits is nothing to count on: an answer takes it back. */
static void whose_reminder_waits_hears_it_again(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 3, .acknowledge = "" });
    w->answers = puts_reminders_off;
    adrift_let_update_go(w, MINUTE);
    adrift_send(w, "A", FIRST "," TO("m0001"), 4 * MINUTE);
    adrift_send(w, "B", LINK, 0);
    answers_the_update(w);
    world_run_for(w, MINUTE / 2);
    assert_int_equal(times_taken(w, "C"), 2);
    world_free(w);
}

/* F says what A said, so that nobody is sent it.  C is told, and then E, which nobody knows to be
 * older than F, says that it is over. */
static void who_was_told_that_it_is_over_hears_that_it_is_not(void **state)
{
    (void)state;
    struct world *w = adrift_begin();
    adrift_send(w, "A", FIRST "," TO("m0001"), MINUTE / 6);
    adrift_send(w, "F", SAME "," TO("m0001"), MINUTE / 6);
    adrift_let_update_go(w, MINUTE / 6);
    adrift_send(w, "E", OVER "," TO("m0002"), MINUTE / 6);
    adrift_must_hear(w, adrift_first, "ACE");
    adrift_send(w, "B", LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "ACEF");
    world_free(w);
}

/* E, which said that it is over, has expired when it is known that the alert came after it: the
 * last word, F, which is not about the first, has to say so. */
static void who_heard_the_alert_after_it_was_over_hears_that_it_is(void **state)
{
    (void)state;
    struct world *w = adrift_begin();
    adrift_let_update_go(w, MINUTE / 6);
    adrift_send(w, "E", OVER "," TO("m0002") ",\"expires\":\"2026-11-23T14:40:00Z\"", MINUTE / 6);
    adrift_let_go(w, "F", "\"type\":\"update\"," AT("35") "," REFERS("G", "34") "," TO("m0002"),
                  "m0002", MINUTE / 6);
    adrift_send(w, "A", FIRST "," TO("m0001"), 15 * MINUTE);
    adrift_must_hear(w, adrift_first, "CEA");
    adrift_send(w, "B", LINK "," TO("m0001"), MINUTE / 6);
    adrift_must_hear(w, adrift_first, "CEA");
    adrift_send(w, "G", "\"type\":\"update\"," AT("34") "," REFERS("E", "33") "," TO("m0002"),
                MINUTE / 2);
    adrift_must_hear(w, adrift_first, "CEAF");
    world_free(w);
}

/* --- what is not stored yet --- */

#define SECOND INT64_C(1000)

/* The first of the two goes at once and takes ten seconds; the second waits for it. */
static struct reaction takes_its_time(const struct notice *n, void *first)
{
    bool slow = is_to_the_first(n, *(const char *)first);
    return (struct reaction){ .code = 250, .after_ms = slow ? 10 * SECOND : 100 };
}

static void let_go_or_send(struct world *w, char which)
{
    if (which == 'C')
        adrift_let_update_go(w, 0);
    else
        adrift_send(w, "A", FIRST, 0);
}

/* Both come, and the store fails when the first has: B is here before either outcome is stored. */
static void both_come_while_the_store_fails(const char *order, const char *want)
{
    struct world *w = adrift_begin();
    w->answers = takes_its_time;
    w->ctx = (void *)order;
    let_go_or_send(w, order[0]);
    let_go_or_send(w, order[1]);
    world_run_for(w, 9 * SECOND);
    unsigned stored = world_records(w, "notification.accepted");
    virtual_store_fail(w->service.store, 1);
    world_run_for(w, SECOND + SECOND / 2);
    adrift_must_hear(w, adrift_first, order);
    assert_int_equal(world_records(w, "notification.accepted"), stored);
    adrift_send(w, "B", LINK, MINUTE / 2);
    assert_true(world_records(w, "notification.accepted") > stored);
    adrift_must_hear(w, adrift_first, want);
    world_free(w);
}

static void outcomes_that_are_not_stored_yet_count(void **state)
{
    (void)state;
    both_come_while_the_store_fails("CA", "CAC");
}

static void outcomes_that_are_not_stored_yet_count_in_their_order(void **state)
{
    (void)state;
    both_come_while_the_store_fails("AC", "AC");
}

/* --- what the daemon died with --- */

/* Of the first A nobody knows whether it came, the second is on its way when the daemon dies, the
 * next is put off. */
static struct reaction dies_with_the_second_alert(const struct notice *n, void *ctx)
{
    struct world *w = ctx;
    if (!is_to_the_first(n, 'A'))
        return (struct reaction){ .code = 250 };
    if (n->notification->attempt == 0)
        return (struct reaction){ .kind = OUTCOME_UNKNOWN, .retry_after_ms = 20 * SECOND };
    return w->started_ms == WORLD_START_MS
               ? (struct reaction){ .after_ms = -1 }
               : (struct reaction){ .kind = OUTCOME_DEFERRED, .retry_after_ms = 10 * MINUTE };
}

static void what_it_died_with_may_have_come_after_what_is_recorded(void **state)
{
    (void)state;
    struct world *w = adrift_begin();
    w->answers = dies_with_the_second_alert;
    w->ctx = w;
    adrift_send(w, "A", FIRST, SECOND);
    adrift_let_update_go(w, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "ACA");
    dies_and_begins_again(w);
    world_run_for(w, SECOND);
    adrift_must_hear(w, adrift_first, "ACAA");
    adrift_send(w, "B", LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "ACAAC");
    world_free(w);
}

/* It dies with A on its way and C behind it; then A comes, and C is refused. */
static struct reaction refuses_the_update(const struct notice *n, void *ctx)
{
    const struct world *w = ctx;
    if (is_to_the_first(n, 'A') && w->started_ms == WORLD_START_MS)
        return (struct reaction){ .after_ms = -1 };
    return is_to_the_first(n, 'C') ? (struct reaction){ .kind = OUTCOME_REFUSED, .code = 550 }
                                   : (struct reaction){ .code = 250 };
}

static void what_is_refused_since_is_not_said_again(void **state)
{
    (void)state;
    struct world *w = adrift_begin();
    w->answers = refuses_the_update;
    w->ctx = w;
    adrift_send(w, "A", FIRST, SECOND);
    adrift_let_update_go(w, MINUTE / 2);
    dies_and_begins_again(w);
    world_run_for(w, MINUTE / 2);
    adrift_send(w, "B", LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "AAC");
    world_free(w);
}

/* It dies with A on its way, which is put off then. */
static struct reaction dies_with_the_alert(const struct notice *n, void *ctx)
{
    const struct world *w = ctx;
    if (!is_to_the_first(n, 'A'))
        return (struct reaction){ .code = 250 };
    return w->started_ms == WORLD_START_MS
               ? (struct reaction){ .after_ms = -1 }
               : (struct reaction){ .kind = OUTCOME_DEFERRED, .retry_after_ms = 10 * MINUTE };
}

static void what_it_died_with_came_before_what_was_sent_since(void **state)
{
    (void)state;
    struct world *w = adrift_begin();
    w->answers = dies_with_the_alert;
    w->ctx = w;
    adrift_send(w, "A", FIRST, SECOND);
    dies_and_begins_again(w);
    adrift_let_update_go(w, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "AAC");
    adrift_send(w, "B", LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "AAC");
    adrift_must_hear(w, adrift_second, "AC");
    world_free(w);
}

/* It dies with A on its way, and behind it a reminder of C, which is taken back then: of neither
 * is it known whether it came, nor which was the later. */
static void what_it_died_with_is_nothing_to_count_on(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 3, .acknowledge = "" });
    w->answers = dies_with_the_alert;
    w->ctx = w;
    adrift_let_update_go(w, MINUTE / 2);
    adrift_send(w, "A", FIRST "," TO("m0001"), 4 * MINUTE);
    dies_and_begins_again(w);
    answers_the_update(w);
    assert_int_equal(times_taken(w, "C"), 1);
    adrift_send(w, "B", LINK, MINUTE / 2);
    assert_int_equal(times_taken(w, "C"), 2);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_heard_the_alert_after_it_hears_it_again),
        cmocka_unit_test(who_may_have_heard_an_older_one_after_it_hears_it_again),
        cmocka_unit_test(what_is_being_said_again_is_not_said_once_more),
        cmocka_unit_test(what_was_said_again_is_said_once_more_only_once),
        cmocka_unit_test(who_was_only_reminded_of_it_hears_it),
        cmocka_unit_test(whose_reminder_was_taken_back_hears_it_again),
        cmocka_unit_test(whose_reminder_waits_hears_it_again),
        cmocka_unit_test(who_was_told_that_it_is_over_hears_that_it_is_not),
        cmocka_unit_test(who_heard_the_alert_after_it_was_over_hears_that_it_is),
        cmocka_unit_test(outcomes_that_are_not_stored_yet_count),
        cmocka_unit_test(outcomes_that_are_not_stored_yet_count_in_their_order),
        cmocka_unit_test(what_it_died_with_may_have_come_after_what_is_recorded),
        cmocka_unit_test(what_is_refused_since_is_not_said_again),
        cmocka_unit_test(what_it_died_with_came_before_what_was_sent_since),
        cmocka_unit_test(what_it_died_with_is_nothing_to_count_on),
    };
    return cmocka_run_group_tests_name("who heard what last", tests, NULL, NULL);
}

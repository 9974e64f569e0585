/*
 * Ladders of other kinds than the shipped one, and one that takes the place of another: after a
 * reload, and after a start.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include "flow/sweeps.h"
#include "people.h"

#define MINUTE INT64_C(60000)

#define R1 "mailto:r1@m0001.example"
#define R2 "mailto:r2@m0001.example"
#define HOOK "https://h1.hooks.example/m0001"
#define CHICAGO "mailto:duty@chicago.dss.example"
#define CENTER "mailto:duty@command-center.dss.example"

static char *ladder_file(const char *name, const char *steps)
{
    g_autofree char *base = g_strdup_printf("liaisond-ladder-%s-XXXXXX", name);
    g_autofree char *text = g_strdup_printf("ladder = ( %s );\n", steps);
    char *file = NULL;
    int fd = g_file_open_tmp(base, &file, NULL);
    assert_true(fd >= 0);
    g_close(fd, NULL);
    assert_true(g_file_set_contents(file, text, -1, NULL));
    return file;
}

#define STEP(whom, after)                                                                          \
    "{ whom = \"" whom                                                                             \
    "\"; urgency = [ \"immediate\" ]; states = [ \"reached\" ]; after_s = " after "; }"

static void the_new_ladder_counts_for_what_still_waits(bool by_start)
{
    g_autofree char *slow = ladder_file("slow", STEP("office", "600") "," STEP("office", "3600"));
    g_autofree char *none = ladder_file("none", STEP("partner", "86400"));
    g_autofree char *brisk =
        ladder_file("brisk", STEP("representative", "300") "," STEP("command-center", "1200"));
    struct world_roster r = { .missions = 1, .acknowledge = "", .ladder = slow };
    struct world *w = world_new(&r);
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, 11 * MINUTE);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    r.ladder = none;
    service_set_config(&w->service, world_config(&r));
    sweeps_reload(&w->service);
    world_run_for(w, MINUTE);
    r.ladder = brisk;
    service_set_config(&w->service, world_config(&r));
    virtual_store_fail(w->service.store, 2);
    if (by_start) {
        world_crash(w);
        world_start(w, WORLD_START_MS + 12 * MINUTE);
    } else {
        sweeps_reload(&w->service);
    }
    world_run_for(w, 7 * MINUTE);
    assert_int_equal(people_heard(w, CENTER, ""), 0);
    world_run_for(w, 2 * MINUTE);
    assert_int_equal(people_heard(w, CENTER, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    assert_int_equal(people_heard(w, R1, "remind"), 0); /* earlier than the last step taken */
    world_run_for(w, 60 * MINUTE);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    world_free(w);
    g_unlink(slow);
    g_unlink(none);
    g_unlink(brisk);
}

static struct world *world_by(const char *steps, struct world_roster r)
{
    g_autofree char *file = ladder_file("own", steps);
    r.ladder = file;
    r.acknowledge = "";
    r.missions = 1;
    struct world *w = world_new(&r);
    g_unlink(file);
    return w;
}

static void a_wrong_person_is_not_reminded(void **state)
{
    (void)state;
    struct world *w = world_by(STEP("next-representative", "300"), (struct world_roster){ 0 });
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(people_answer(w, people_last(w, R2, "A"), ANSWER_WRONG_PERSON, NULL),
                     ACKNOWLEDGE_DONE);
    world_run_for(w, 10 * MINUTE);
    assert_int_equal(people_heard(w, R2, "remind"), 0);
    world_free(w);
}

static void the_endpoint_of_a_wrong_person_is_left_out(void **state)
{
    (void)state;
    struct world *w = world_by("{ whom = \"representative\"; urgency = [ \"immediate\" ]; states = "
                               "[ \"unreachable\" ]; after_s = 300; }",
                               (struct world_roster){ .webhook_host = "hooks.example" });
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(people_answer(w, people_last(w, R1, "A"), ANSWER_WRONG_PERSON, NULL),
                     ACKNOWLEDGE_DONE);
    world_run_for(w, 10 * MINUTE);
    assert_int_equal(people_heard(w, R1, "remind"), 0);
    assert_int_equal(people_heard(w, HOOK, "remind"), 1);
    world_free(w);
}

static struct reaction hook_is_slow(const struct notice *n, void *ctx)
{
    const int64_t *until_ms = ctx;
    if (g_str_equal(n->notification->endpoint, HOOK) && n->now_ms < *until_ms)
        return (struct reaction){ OUTCOME_DEFERRED, 503, 10, 0, false };
    return (struct reaction){ 0 };
}

static void what_is_still_on_its_way_is_not_sent_again(void **state)
{
    (void)state;
    struct world *w = world_by(STEP("representative", "300") "," STEP("representative", "1800"),
                               (struct world_roster){ .webhook_host = "hooks.example" });
    int64_t until_ms = WORLD_START_MS + 10 * MINUTE;
    w->answers = hook_is_slow;
    w->ctx = &until_ms;
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, 20 * MINUTE);
    assert_int_equal(people_heard(w, R1, "remind"), 1);
    assert_int_equal(people_heard(w, HOOK, ""), 1);
    assert_int_equal(people_heard(w, HOOK, "remind"), 0);
    world_run_for(w, 20 * MINUTE);
    assert_int_equal(people_heard(w, R1, "remind"), 2);
    assert_int_equal(people_heard(w, HOOK, "remind"), 1);
    world_free(w);
}

static void what_arrives_beside_a_wrong_person_is_no_news_of_anybody(void **state)
{
    (void)state;
    struct world *w = world_by(STEP("representative", "1800"),
                               (struct world_roster){ .webhook_host = "hooks.example" });
    int64_t until_ms = WORLD_START_MS + 10 * MINUTE;
    w->answers = hook_is_slow;
    w->ctx = &until_ms;
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(people_answer(w, people_last(w, R1, "A"), ANSWER_WRONG_PERSON, NULL),
                     ACKNOWLEDGE_DONE);
    world_run_for(w, 20 * MINUTE);
    assert_int_equal(people_heard(w, HOOK, ""), 1);
    assert_int_equal(people_standing(w, world_last_id(), "m0001/1").state, OBLIGATION_UNREACHABLE);
    assert_int_equal(people_answer(w, people_last(w, HOOK, "A"), ANSWER_UNDERSTOOD, NULL),
                     ACKNOWLEDGE_DONE);
    assert_int_equal(people_standing(w, world_last_id(), "m0001/1").state, OBLIGATION_ACKNOWLEDGED);
    world_free(w);
}

static void a_reload_takes_the_new_ladder(void **state)
{
    (void)state;
    the_new_ladder_counts_for_what_still_waits(false);
}

static void a_start_takes_the_new_ladder(void **state)
{
    (void)state;
    the_new_ladder_counts_for_what_still_waits(true);
}

/* It has the words already, and the ladder of the version before: but nothing goes out before. */
static void nobody_is_reminded_of_what_is_not_yet_effective(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 1, .acknowledge = "" });
    g_autofree char *first = timestamp_format_utc_s(WORLD_START_MS);
    g_autofree char *later = timestamp_format_utc_s(WORLD_START_MS + 20 * MINUTE);
    g_autofree char *update =
        g_strdup_printf("\"type\":\"update\",\"references\":[{\"identifier\":\"A\",\"sender\":"
                        "\"desk@dss.example\",\"sent\":\"%s\"}],\"effective\":\"%s\","
                        "\"messages\":[{\"language\":\"en\",\"headline\":\"A\","
                        "\"description\":\"Text.\"}]",
                        first, later);
    world_send(w, "A", "");
    world_run_for(w, MINUTE);
    assert_int_equal(world_send(w, "B", update), INTAKE_ACCEPTED);
    world_run_for(w, 18 * MINUTE);
    assert_null(people_last(w, R1, "B"));
    world_run_for(w, 10 * MINUTE);
    assert_int_equal(people_heard(w, R1, "remind"), 1);
    world_free(w);
}

/* B would release R1's mission but is not yet effective; C takes it back, in the words of A. */
static void who_was_nearly_released_is_still_reminded(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2, .acknowledge = "" });
    g_autofree char *first = timestamp_format_utc_s(WORLD_START_MS);
    g_autofree char *later = timestamp_format_utc_s(WORLD_START_MS + 60 * MINUTE);
    g_autofree char *update = g_strdup_printf(
        "\"type\":\"update\",\"references\":[{\"identifier\":\"A\",\"sender\":"
        "\"desk@dss.example\",\"sent\":\"%s\"}],"
        "\"messages\":[{\"language\":\"en\",\"headline\":\"A\",\"description\":\"Text.\"}]",
        first);
    g_autofree char *release = g_strdup_printf(
        "%s,\"effective\":\"%s\",\"audience\":{\"missions\":[\"m0002\"]}", update, later);
    world_send(w, "A", "");
    world_run_for(w, MINUTE);
    assert_int_equal(world_send(w, "B", release), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(world_send(w, "C", update), INTAKE_ACCEPTED);
    world_run_for(w, 2 * MINUTE);
    assert_int_equal(people_heard(w, R1, "remind"), 1);
    world_free(w);
}

static struct reaction nobody_takes_it(const struct notice *n, void *ctx)
{
    (void)ctx;
    bool person =
        g_str_equal(n->notification->endpoint, R1) || g_str_equal(n->notification->endpoint, R2);
    return person ? (struct reaction){ OUTCOME_DEFERRED, 450, 10, 0, false }
                  : (struct reaction){ 0 };
}

/* None of the versions has reached anybody at the mission: B goes on where A was, and C where B
 * was. */
static void a_step_taken_while_nothing_arrives_does_not_come_again(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 1, .acknowledge = "" });
    w->answers = nobody_takes_it;
    g_autofree char *first = timestamp_format_utc_s(WORLD_START_MS);
    g_autofree char *update = g_strdup_printf(
        "\"type\":\"update\",\"references\":[{\"identifier\":\"A\",\"sender\":"
        "\"desk@dss.example\",\"sent\":\"%s\"}],"
        "\"messages\":[{\"language\":\"en\",\"headline\":\"A\",\"description\":\"Text.\"}]",
        first);
    world_send(w, "A", "");
    world_run_for(w, MINUTE);
    assert_int_equal(world_send(w, "B", update), INTAKE_ACCEPTED);
    world_run_for(w, 14 * MINUTE);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    assert_int_equal(world_send(w, "C", update), INTAKE_ACCEPTED);
    world_run_for(w, 10 * MINUTE);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    assert_int_equal(people_heard(w, CENTER, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    world_free(w);
}

/* What B says is not what A said: its ladder begins with it, and C, which says the same, goes on.
 */
static void what_was_never_sent_still_counts_for_its_own_words(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 1, .acknowledge = "" });
    g_autofree char *first = timestamp_format_utc_s(WORLD_START_MS);
    g_autofree char *update = g_strdup_printf(
        "\"type\":\"update\",\"references\":[{\"identifier\":\"A\",\"sender\":"
        "\"desk@dss.example\",\"sent\":\"%s\"}],"
        "\"messages\":[{\"language\":\"en\",\"headline\":\"B\",\"description\":\"Text.\"}]",
        first);
    world_send(w, "A", "");
    world_run_for(w, MINUTE);
    w->answers = nobody_takes_it;
    assert_int_equal(world_send(w, "B", update), INTAKE_ACCEPTED);
    world_run_for(w, 14 * MINUTE);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    assert_int_equal(world_send(w, "C", update), INTAKE_ACCEPTED);
    world_run_for(w, 12 * MINUTE);
    assert_int_equal(people_heard(w, CHICAGO, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    assert_int_equal(people_heard(w, CENTER, OBLIGATION_NOT_ACKNOWLEDGED), 1);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reload_takes_the_new_ladder),
        cmocka_unit_test(a_start_takes_the_new_ladder),
        cmocka_unit_test(a_wrong_person_is_not_reminded),
        cmocka_unit_test(the_endpoint_of_a_wrong_person_is_left_out),
        cmocka_unit_test(what_arrives_beside_a_wrong_person_is_no_news_of_anybody),
        cmocka_unit_test(what_is_still_on_its_way_is_not_sent_again),
        cmocka_unit_test(nobody_is_reminded_of_what_is_not_yet_effective),
        cmocka_unit_test(who_was_nearly_released_is_still_reminded),
        cmocka_unit_test(a_step_taken_while_nothing_arrives_does_not_come_again),
        cmocka_unit_test(what_was_never_sent_still_counts_for_its_own_words),
    };
    return cmocka_run_group_tests_name("other ladders", tests, NULL, NULL);
}

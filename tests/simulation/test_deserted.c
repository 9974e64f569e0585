/* A mission of whom nobody is known: whoever is on duty must call it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "people.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

#define CHICAGO "mailto:duty@chicago.dss.example"
#define CENTER "mailto:duty@command-center.dss.example"
#define NOBODY                                                                                     \
    "empty,FR,Empty,consulate,,Chicago,IL,60601,41.88,-87.63,America/Chicago,17031,low,,"          \
    "synthetic\n"
#define LONG "\"urgency\":\"expected\",\"severity\":\"severe\",\"expires\":\"%s\""

static char *life_until(const char *when)
{
    return g_strdup_printf(LONG, when);
}

static char *update_of(const char *when)
{
    g_autofree char *life = life_until(when);
    g_autofree char *sent = timestamp_format_utc_s(WORLD_START_MS);
    return g_strdup_printf(
        "\"type\":\"update\",\"references\":[{\"identifier\":\"A\",\"sender\":\"desk@dss.example\","
        "\"sent\":\"%s\"}],\"messages\":[{\"language\":\"en\",\"headline\":\"A\","
        "\"description\":\"Text.\"}],%s",
        sent, life);
}

static const struct world_roster one_deserted = { .missions = 1,
                                                  .acknowledge = "",
                                                  .deserted = NOBODY };

/* What an update with the same words leaves as it was, it leaves with whom it was. */
static void who_took_it_over_has_it_after_a_silent_update(void **state)
{
    (void)state;
    struct world *w = world_new(&one_deserted);
    g_autofree char *life = life_until("2026-11-24T20:00:00Z");
    assert_int_equal(world_send(w, "A", life), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(people_take(w, world_last_id(), "empty"), TAKEOVER_DONE);
    g_autofree char *update = update_of("2026-11-24T22:00:00Z");
    assert_int_equal(world_send(w, "B", update), INTAKE_ACCEPTED);
    const char *id = world_last_id();
    world_run_for(w, MINUTE);
    assert_int_equal(people_take(w, id, "empty"), TAKEOVER_NOTHING);
    world_run_for(w, 10 * HOUR); /* past closing time */
    assert_int_equal(people_heard(w, CENTER, OBLIGATION_HANDED_OVER), 1);
    assert_string_equal(people_last(w, CENTER, "B")->about, "m0001");
    world_free(w);
}

static void an_update_that_says_something_new_needs_somebody_anew(void **state)
{
    (void)state;
    struct world *w = world_new(&one_deserted);
    g_autofree char *life = life_until("2026-11-24T20:00:00Z");
    assert_int_equal(world_send(w, "A", life), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(people_take(w, world_last_id(), "empty"), TAKEOVER_DONE);
    g_autofree char *update = update_of("2026-11-24T22:00:00Z");
    g_autoptr(GString) other = g_string_new(update);
    assert_int_equal(g_string_replace(other, "Text.", "It has moved.", 0), 1);
    assert_int_equal(world_send(w, "B", other->str), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(people_take(w, world_last_id(), "empty"), TAKEOVER_DONE);
    world_free(w);
}

/* --- who never heard that they were to call --- */

static struct reaction office_is_full(const struct notice *n, void *ctx)
{
    return g_str_equal(n->notification->endpoint, CHICAGO) ||
                   (ctx && strstr(n->notification->endpoint, ctx))
               ? (struct reaction){ OUTCOME_DEFERRED, 452, 5, 0, false }
               : (struct reaction){ 0 };
}

static void that_nobody_was_told_to_call_is_said_at_the_deadline(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .deserted = NOBODY });
    w->answers = office_is_full;
    assert_int_equal(world_send(w, "A", "\"expires\":\"2026-11-23T15:30:00Z\""), INTAKE_ACCEPTED);
    world_run_for(w, 59 * MINUTE);
    assert_int_equal(world_records(w, "alarm.unreached"), 0);
    world_run_for(w, 2 * MINUTE);
    assert_int_equal(world_records(w, "broadcast.expired"), 1);
    assert_int_equal(world_records(w, "alarm.unreached"), 1);
    world_free(w);
}

static struct reaction refused_and_full(const struct notice *n, void *ctx)
{
    return strstr(n->notification->endpoint, "m0001")
               ? (struct reaction){ OUTCOME_REFUSED, 550, 5, 0, false }
               : office_is_full(n, ctx);
}

/* One mission, and a broadcast that has expired. */
static struct world *past_the_deadline(struct reaction (*answers)(const struct notice *n,
                                                                  void *ctx))
{
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    w->answers = answers;
    assert_int_equal(world_send(w, "A", "\"expires\":\"2026-11-23T15:30:00Z\""), INTAKE_ACCEPTED);
    world_run_for(w, 61 * MINUTE);
    return w;
}

static void so_it_is_where_all_endpoints_of_a_mission_refused(void **state)
{
    (void)state;
    struct world *w = past_the_deadline(refused_and_full);
    assert_int_equal(world_records(w, "obligation.unreachable"), 2);
    assert_int_equal(world_records(w, "alarm.unreached"), 1);
    world_free(w);
}

static void an_office_s_own_copy_is_no_alarm(void **state)
{
    (void)state;
    struct world *w = past_the_deadline(office_is_full);
    assert_int_equal(world_records(w, "broadcast.expired"), 1);
    assert_int_equal(world_records(w, "alarm.unreached"), 0);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_took_it_over_has_it_after_a_silent_update),
        cmocka_unit_test(an_update_that_says_something_new_needs_somebody_anew),
        cmocka_unit_test(that_nobody_was_told_to_call_is_said_at_the_deadline),
        cmocka_unit_test(so_it_is_where_all_endpoints_of_a_mission_refused),
        cmocka_unit_test(an_office_s_own_copy_is_no_alarm),
    };
    return cmocka_run_group_tests_name("a mission of whom nobody is known", tests, NULL, NULL);
}

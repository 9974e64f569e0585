/* A mission of whom nobody is known: whoever is on duty must call it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "people.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_took_it_over_has_it_after_a_silent_update),
        cmocka_unit_test(an_update_that_says_something_new_needs_somebody_anew),
    };
    return cmocka_run_group_tests_name("a mission of whom nobody is known", tests, NULL, NULL);
}

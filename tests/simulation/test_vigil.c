/* What nobody calls about: a clock that is stepped, a store that stays away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "flow/store_watch.h"
#include "flow/vigil.h"
#include "world.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static struct reaction relay_is_away(const struct notice *n, void *ctx)
{
    (void)n;
    return (struct reaction){ *(bool *)ctx ? OUTCOME_DEFERRED : OUTCOME_ACCEPTED, 0, 5, 0, false };
}

/* One mission's two mailboxes and the desk, whose relay is away for a minute and 20 s before the
 * clock is stepped and comes back after it: how long after the step it has everything. */
static int64_t told_after_step(int64_t by_ms, unsigned *attempts)
{
    bool away = true;
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    struct vigil *v = vigil_new(&w->service, w->channels);
    w->answers = relay_is_away;
    w->ctx = &away;
    world_send(w, "A1", "\"expires\":\"2026-12-23T14:30:00Z\"");
    world_run_for(w, MINUTE + 20 * SECOND);
    virtual_step_clock(w->service.loop, by_ms);
    away = false;
    guint before = w->sent->len;
    int64_t waited_ms = 0;
    for (; world_notifications(w, NOTIFICATION_ACCEPTED) < 3 && waited_ms < DAY;
         waited_ms += SECOND)
        world_run_for(w, SECOND);
    *attempts = w->sent->len - before;
    assert_int_equal(world_records(w, "clock.stepped"), by_ms != 0);
    vigil_free(v);
    world_free(w);
    return waited_ms;
}

static void a_clock_that_is_stepped_stalls_no_retry(void **state)
{
    static const struct {
        const char *name;
        int64_t by_ms;
    } rows[] = {
        { "forward by three hours", 3 * HOUR },  { "forward by two days", 2 * DAY },
        { "back by three hours", -3 * HOUR },    { "back by two days", -2 * DAY },
        { "back by five seconds", -5 * SECOND }, { "not at all", 0 },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        unsigned attempts = 0;
        int64_t waited_ms = told_after_step(rows[i].by_ms, &attempts);
        if (waited_ms > 75 * SECOND ||
            attempts != 3) /* the longest wait, with chance, and a look */
            fail_msg("%s: %d ms, %u attempts", rows[i].name, (int)waited_ms, attempts);
    }
}

static void nothing_is_sent_after_expiry_by_the_stepped_clock(void **state)
{
    bool away = true;
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    struct vigil *v = vigil_new(&w->service, w->channels);
    (void)state;
    w->answers = relay_is_away;
    w->ctx = &away;
    world_send(w, "A1", "\"expires\":\"2026-11-23T15:30:00Z\"");
    world_run_for(w, MINUTE);
    guint before = w->sent->len;
    virtual_step_clock(w->service.loop, HOUR);
    away = false;
    world_run_for(w, MINUTE);
    for (guint i = before; i < w->sent->len; i++)
        assert_string_not_equal(((struct sent *)g_ptr_array_index(w->sent, i))->identifier, "A1");
    assert_int_equal(world_records(w, "broadcast.expired"), 1);
    vigil_free(v);
    world_free(w);
}

static void what_waits_for_its_hour_waits_for_it_whatever_the_clock_does(void **state)
{
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    struct vigil *v = vigil_new(&w->service, w->channels);
    (void)state;
    world_send(w, "A1", "\"effective\":\"2026-11-24T14:30:00Z\"");
    world_run_for(w, MINUTE);
    virtual_step_clock(w->service.loop, -3 * HOUR);
    world_run_for(w, 24 * HOUR);
    assert_int_equal(w->sent->len, 0);
    world_run_for(w, 3 * HOUR);
    assert_int_equal(w->sent->len, 3);
    vigil_free(v);
    world_free(w);
}

static void a_clock_set_back_while_the_daemon_was_down_stalls_no_retry(void **state)
{
    bool away = true;
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    (void)state;
    w->answers = relay_is_away;
    w->ctx = &away;
    world_send(w, "A1", "\"expires\":\"2026-12-23T14:30:00Z\"");
    world_run_for(w, MINUTE);
    world_crash(w);
    away = false;
    world_start(w, WORLD_START_MS - 2 * DAY);
    struct vigil *v = vigil_new(&w->service, w->channels);
    world_run_for(w, 75 * SECOND);
    assert_int_equal(world_notifications(w, NOTIFICATION_ACCEPTED), 3);
    assert_int_equal(world_records(w, "clock.stepped"), 1);
    vigil_free(v);
    world_free(w);
}

/* The alarm has no row in the store when it is sent: it is the only one whose broadcast is no
 * number. */
static unsigned alarms(const struct world *w, const char *headline)
{
    unsigned n = 0;
    for (guint i = 0; i < w->sent->len; i++)
        n += strstr(((struct sent *)g_ptr_array_index(w->sent, i))->headline, headline) != NULL;
    return n;
}

static void a_store_that_stays_away_is_alarmed_and_noted_when_it_is_back(void **state)
{
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    struct vigil *v = vigil_new(&w->service, w->channels);
    (void)state;
    world_run_for(w, SECOND);
    virtual_store_fail(w->service.store, 1000000);
    assert_int_equal(world_send(w, "A1", ""), INTAKE_UNAVAILABLE);
    world_run_for(w, 8 * SECOND);
    assert_int_equal(alarms(w, "cannot store"), 0);
    world_run_for(w, 5 * SECOND);
    assert_int_equal(alarms(w, "cannot store"), 1);
    world_run_for(w, 10 * MINUTE);
    assert_int_equal(alarms(w, "cannot store"), 1);
    assert_non_null(w->service.store_fault);
    virtual_store_fail(w->service.store, 0);
    world_run_for(w, 5 * SECOND);
    assert_null(w->service.store_fault);
    assert_int_equal(world_records(w, "store.outage"), 1);
    assert_int_equal(alarms(w, "can store again"), 1);
    vigil_free(v);
    world_free(w);
}

static void the_alarm_is_tried_until_the_relay_has_taken_it(void **state)
{
    bool away = true;
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    struct vigil *v = vigil_new(&w->service, w->channels);
    (void)state;
    w->answers = relay_is_away;
    w->ctx = &away;
    virtual_store_fail(w->service.store, 1000000);
    assert_int_equal(world_send(w, "A1", ""), INTAKE_UNAVAILABLE);
    world_run_for(w, STORE_WATCH_ALARM_MS + 2 * STORE_WATCH_AGAIN_MS + 5 * SECOND);
    assert_int_equal(alarms(w, "cannot store"), 3);
    away = false;
    world_run_for(w, 10 * MINUTE);
    assert_int_equal(alarms(w, "cannot store"), 4);
    vigil_free(v);
    world_free(w);
}

static void a_short_outage_is_noted_and_alarms_nobody(void **state)
{
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    struct vigil *v = vigil_new(&w->service, w->channels);
    (void)state;
    world_run_for(w, SECOND);
    virtual_store_fail(w->service.store, 3);
    assert_int_equal(world_send(w, "A1", ""), INTAKE_UNAVAILABLE);
    world_run_for(w, MINUTE);
    assert_int_equal(w->sent->len, 0);
    assert_int_equal(world_records(w, "store.outage"), 1);
    vigil_free(v);
    world_free(w);
}

static void an_outage_between_two_looks_is_noted(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    struct vigil *v = vigil_new(&w->service, w->channels);
    world_run_for(w, VIGIL_MS + 10);
    virtual_store_fail(w->service.store, 1);
    assert_int_equal(world_send(w, "A1", ""), INTAKE_UNAVAILABLE);
    world_run_for(w, 10);
    assert_int_equal(world_send(w, "A1", ""), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(world_records(w, "store.outage"), 1);
    vigil_free(v);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_that_is_stepped_stalls_no_retry),
        cmocka_unit_test(nothing_is_sent_after_expiry_by_the_stepped_clock),
        cmocka_unit_test(what_waits_for_its_hour_waits_for_it_whatever_the_clock_does),
        cmocka_unit_test(a_clock_set_back_while_the_daemon_was_down_stalls_no_retry),
        cmocka_unit_test(a_store_that_stays_away_is_alarmed_and_noted_when_it_is_back),
        cmocka_unit_test(the_alarm_is_tried_until_the_relay_has_taken_it),
        cmocka_unit_test(a_short_outage_is_noted_and_alarms_nobody),
        cmocka_unit_test(an_outage_between_two_looks_is_noted),
    };
    return cmocka_run_group_tests_name("the vigil on the virtual clock", tests, NULL, NULL);
}

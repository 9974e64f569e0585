/*
 * Who is on duty changes while missions still owe an answer: at closing and opening time, over a
 * weekend in which the clocks change, around a holiday, and for an embassy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include "flow/preview.h"
#include "flow/sweeps.h"
#include "folder.h"
#include "people.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define R1 "mailto:r1@m0001.example"
#define CHICAGO "mailto:duty@chicago.dss.example"
#define CENTER "mailto:duty@command-center.dss.example"
#define PLD "mailto:duty@pld.dss.example"
#define WASHINGTON "mailto:duty@washington.dss.example"

static int64_t at(const char *text)
{
    struct timestamp t;
    const char *why;
    assert_true(timestamp_parse(text, &t, &why));
    return t.ms;
}

/* A world of that instant, with a broadcast that lives for ten days. */
static struct world *world_of(const char *now, const struct world_roster *r)
{
    struct world *w = world_new(r);
    world_crash(w);
    world_start(w, at(now));
    g_autofree char *expires = timestamp_format_utc_s(at(now) + 10 * DAY);
    g_autofree char *members = g_strdup_printf(
        "\"urgency\":\"future\",\"severity\":\"minor\",\"expires\":\"%s\"", expires);
    assert_int_equal(world_send(w, "A", members), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    return w;
}

static void run_to(struct world *w, const char *until)
{
    world_run_for(w, at(until) - world_now_ms(w));
}

/* Handed over to one and on by the other within seconds of that instant, about those missions. */
static void changes_hands(struct world *w, const char *when, const char *from, const char *to,
                          const char *about)
{
    int64_t at_ms = at(when);
    assert_int_equal(people_heard_between(w, to, OBLIGATION_HANDED_OVER, at_ms, at_ms + 5 * SECOND),
                     1);
    assert_int_equal(people_heard_between(w, from, OBLIGATION_HANDED_ON, at_ms, at_ms + 5 * SECOND),
                     1);
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        if (s->at_ms >= at_ms && s->at_ms < at_ms + 5 * SECOND)
            assert_string_equal(s->about, about);
    }
}

static unsigned handovers(const struct world *w)
{
    unsigned n = 0;
    for (guint i = 0; i < w->sent->len; i++)
        n += g_str_has_prefix(((struct sent *)g_ptr_array_index(w->sent, i))->why, "handed-");
    return n;
}

static const struct world_roster three = { .missions = 3, .acknowledge = "" };

static void at_closing_time_what_still_waits_is_handed_over(void **state)
{
    (void)state;
    struct world *w = world_of("2026-11-23T22:30:00Z", &three); /* Monday 16:30 in Chicago */
    assert_int_equal(people_answer(w, people_last(w, R1, "A"), ANSWER_UNDERSTOOD, NULL),
                     ACKNOWLEDGE_DONE);
    assert_int_equal(people_take(w, world_last_id(), "m0003"), TAKEOVER_DONE);
    run_to(w, "2026-11-23T22:59:59Z");
    assert_int_equal(handovers(w), 0);
    run_to(w, "2026-11-24T13:59:59Z");
    changes_hands(w, "2026-11-23T23:00:00Z", CHICAGO, CENTER, "m0002");
    assert_int_equal(handovers(w), 2);
    run_to(w, "2026-11-24T15:00:00Z");
    changes_hands(w, "2026-11-24T14:00:00Z", CENTER, CHICAGO, "m0002");
    assert_int_equal(people_heard(w, R1, ""), 1); /* who has acknowledged hears nothing of it */
    world_free(w);
}

static void nothing_is_said_where_nobody_waits(void **state)
{
    (void)state;
    struct world *w = world_of("2026-11-23T22:30:00Z", &three);
    assert_int_equal(people_take(w, world_last_id(), NULL), TAKEOVER_DONE);
    run_to(w, "2026-11-25T22:00:00Z");
    assert_int_equal(handovers(w), 0);
    world_free(w);
}

static void the_night_of_the_clock_change_moves_no_hour(void **state)
{
    (void)state;
    struct world *w = world_of("2027-03-12T22:00:00Z", &three); /* Friday 16:00 CST */
    run_to(w, "2027-03-15T12:59:59Z");
    changes_hands(w, "2027-03-12T23:00:00Z", CHICAGO, CENTER, "m0001 m0002 m0003");
    assert_int_equal(handovers(w), 2);
    run_to(w, "2027-03-16T12:00:00Z");
    changes_hands(w, "2027-03-15T13:00:00Z", CENTER, CHICAGO, "m0001 m0002 m0003"); /* CDT */
    changes_hands(w, "2027-03-15T22:00:00Z", CHICAGO, CENTER, "m0001 m0002 m0003");
    assert_int_equal(handovers(w), 6);
    world_free(w);
}

static void the_hour_that_comes_twice_hands_over_once(void **state)
{
    (void)state;
    struct world *w = world_of("2027-11-05T20:00:00Z", &three); /* Friday 15:00 CDT */
    run_to(w, "2027-11-08T18:00:00Z");
    changes_hands(w, "2027-11-05T22:00:00Z", CHICAGO, CENTER, "m0001 m0002 m0003");
    changes_hands(w, "2027-11-08T14:00:00Z", CENTER, CHICAGO, "m0001 m0002 m0003"); /* CST */
    assert_int_equal(handovers(w), 4);
    world_free(w);
}

static void before_a_holiday_the_office_hands_over_for_longer(void **state)
{
    (void)state;
    struct world *w = world_of("2026-11-25T22:30:00Z", &three); /* the day before Thanksgiving */
    run_to(w, "2026-11-27T13:59:59Z");
    changes_hands(w, "2026-11-25T23:00:00Z", CHICAGO, CENTER, "m0001 m0002 m0003");
    assert_int_equal(handovers(w), 2);
    run_to(w, "2026-11-27T14:01:00Z");
    changes_hands(w, "2026-11-27T14:00:00Z", CENTER, CHICAGO, "m0001 m0002 m0003");
    world_free(w);
}

static void embassy_and_consulate_are_handed_over_together(void **state)
{
    (void)state;
    struct world *w =
        world_of("2026-11-23T21:30:00Z", /* Monday 16:30 in Washington */
                 &(struct world_roster){
                     .acknowledge = "",
                     .csv = "embassy,FR,Embassy,embassy,,Washington,DC,20007,38.91,-77.07,"
                            "America/New_York,11001,low,,synthetic\n"
                            "consulate,MX,Consulate,consulate,,Washington,DC,20006,38.90,-77.04,"
                            "America/New_York,11001,low,,synthetic\n" });
    run_to(w, "2026-11-23T22:30:00Z");
    int64_t at_ms = at("2026-11-23T22:00:00Z");
    assert_int_equal(people_heard_between(w, CENTER, OBLIGATION_HANDED_OVER, at_ms, 0), 1);
    assert_string_equal(people_last(w, CENTER, "A")->about, "consulate embassy");
    assert_int_equal(people_heard_between(w, PLD, OBLIGATION_HANDED_ON, at_ms, 0), 1);
    assert_string_equal(people_last(w, PLD, "A")->about, "embassy");
    assert_string_equal(people_last(w, WASHINGTON, "A")->about, "consulate");
    world_free(w);
}

static void a_change_that_passed_while_it_was_down_is_told_once(void **state)
{
    (void)state;
    struct world *w = world_of("2026-11-23T22:30:00Z", &three);
    run_to(w, "2026-11-23T22:59:59Z");
    for (int i = 0; i < 4; i++) {
        world_crash(w);
        world_start(w, at("2026-11-23T23:30:00Z") + i * MINUTE);
        world_run_for(w, 10 * SECOND);
    }
    assert_int_equal(people_heard(w, CENTER, OBLIGATION_HANDED_OVER), 1);
    world_crash(w); /* and a whole day passes: it is with the Command Center again */
    world_start(w, at("2026-11-25T01:00:00Z"));
    world_run_for(w, MINUTE);
    assert_int_equal(handovers(w), 2);
    virtual_clock(w->service.loop)->wall_ms -= DAY + 3 * HOUR; /* back to before closing time */
    world_run_for(w, 6 * HOUR);
    assert_int_equal(handovers(w), 2);
    world_free(w);
}

static void before_it_takes_effect_nothing_is_handed_over(void **state)
{
    (void)state;
    struct world *w = world_new(&three);
    assert_int_equal(world_send(w, "A",
                                "\"urgency\":\"future\",\"effective\":\"2026-11-24T23:30:00Z\","
                                "\"expires\":\"2026-11-29T00:00:00Z\""),
                     INTAKE_ACCEPTED);
    run_to(w, "2026-11-25T13:00:00Z");
    assert_int_equal(handovers(w), 0);
    run_to(w, "2026-11-25T15:00:00Z");
    changes_hands(w, "2026-11-25T14:00:00Z", CENTER, CHICAGO, "m0001 m0002 m0003");
    world_free(w);
}

/* As shipped, but for the hours of every office. */
static struct config *with_hours(const char *hours)
{
    static const char members[] =
        "node = \"test\";\nmail: { from_address = \"liaison@dss.example\"; };\n"
        "api: { socket = \"socket\"; };\ndelivery_log: { file = \"\"; };\n"
        "acknowledge: { base_url = \"https://liaison.dss.example\";"
        " address = \"127.0.0.1:8441\"; };\n"
        "desks_file = \"" SOURCE_DIR "/conf/desks.conf\";\n"
        "partners_file = \"" SOURCE_DIR "/conf/partners.conf\";\n"
        "calendars_file = \"" SOURCE_DIR "/conf/calendars.conf\";\n"
        "ladder_file = \"" SOURCE_DIR "/conf/ladder.conf\";\n"
        "templates = \"" SOURCE_DIR "/conf/templates\";\noffices_file = ";
    struct faults *f = faults_new();
    g_autofree char *dir = g_dir_make_tmp("liaisond-hours-XXXXXX", NULL), *shipped = NULL;
    g_autofree char *file = g_build_filename(dir, "liaisond.conf", NULL);
    g_autofree char *offices = g_build_filename(dir, "offices.conf", NULL);
    g_autofree char *text = g_strdup_printf("%s\"%s\";\n", members, offices);
    assert_true(g_file_get_contents(SOURCE_DIR "/conf/offices.conf", &shipped, NULL, NULL));
    g_auto(GStrv) parts = g_strsplit(shipped, "08:00-17:00", -1);
    g_autofree char *other = g_strjoinv(hours, parts);
    assert_true(g_file_set_contents(offices, other, -1, NULL));
    assert_true(g_file_set_contents(file, text, -1, NULL));
    struct config *c = config_load(file, f);
    if (!c)
        fail_msg("%s", faults_to_text(f));
    faults_free(f);
    folder_remove(dir);
    return c;
}

static void reload(struct world *w, const char *hours)
{
    service_set_config(&w->service, with_hours(hours));
    sweeps_reload(&w->service);
}

static void a_reload_takes_the_new_hours(void **state)
{
    (void)state;
    struct world *w = world_of("2026-11-23T15:00:00Z", &three);
    reload(w, "08:00-12:00");
    run_to(w, "2026-11-23T18:10:00Z");
    changes_hands(w, "2026-11-23T18:00:00Z", CHICAGO, CENTER, "m0001 m0002 m0003");
    reload(w, "08:00-17:00");
    run_to(w, "2026-11-23T18:20:00Z");
    changes_hands(w, "2026-11-23T18:10:00Z", CENTER, CHICAGO, "m0001 m0002 m0003");
    world_free(w);
}

/* Chicago never closed, and nothing was to change hands at all. */
static void an_office_that_closes_from_now_on_hands_over(void **state)
{
    (void)state;
    static const char hours[] = "hours = \"Mon-Fri 08:00-17:00\"", always[] = "hours = \"24x7\"";
    g_autofree char *shipped = NULL, *file = NULL;
    assert_true(g_file_get_contents(SOURCE_DIR "/conf/offices.conf", &shipped, NULL, NULL));
    g_autoptr(GString) text = g_string_new(shipped);
    assert_true(g_string_replace(text, hours, always, 0) > 0);
    int fd = g_file_open_tmp("liaisond-offices-XXXXXX", &file, NULL);
    assert_true(fd >= 0);
    g_close(fd, NULL);
    assert_true(g_file_set_contents(file, text->str, -1, NULL));
    struct world *w =
        world_of("2026-11-23T22:00:00Z",
                 &(struct world_roster){ .missions = 3, .acknowledge = "", .offices = file });
    g_unlink(file);
    run_to(w, "2026-11-24T02:00:00Z"); /* 20:00 in Chicago */
    assert_int_equal(handovers(w), 0);
    service_set_config(&w->service, world_config(&three));
    sweeps_reload(&w->service);
    run_to(w, "2026-11-24T02:10:00Z");
    changes_hands(w, "2026-11-24T02:00:00Z", CHICAGO, CENTER, "m0001 m0002 m0003");
    world_free(w);
}

/* It was prepared by the hours of before, and is stored when all that was there goes by the new. */
static void a_reload_counts_for_what_is_on_its_way_too(void **state)
{
    static const char update[] =
        "{\"identifier\":\"U\",\"sender\":\"desk@dss.example\",\"sent\":\"2026-11-23T15:01:00Z\","
        "\"type\":\"update\",\"status\":\"actual\",\"urgency\":\"future\",\"severity\":\"minor\","
        "\"certainty\":\"likely\",\"expires\":\"2026-12-01T00:00:00Z\",\"references\":[{"
        "\"identifier\":\"A\",\"sender\":\"desk@dss.example\",\"sent\":\"2026-11-23T15:00:00Z\"}],"
        "\"audience\":{\"everyone\":true},\"messages\":[{\"language\":\"en\",\"headline\":"
        "\"Others\",\"description\":\"Text.\"}]}";
    (void)state;
    struct world *w = world_of("2026-11-23T15:00:00Z", &three);
    struct world_reply reply;
    virtual_store_stall(w->service.store, SECOND); /* what it corrects is read first, then that */
    world_submit(w, PREVIEW_JSON, update, &reply);
    reload(w, "08:00-12:00");
    run_to(w, "2026-11-23T18:10:00Z");
    assert_int_equal(reply.kind, INTAKE_ACCEPTED);
    changes_hands(w, "2026-11-23T18:00:00Z", CHICAGO, CENTER, "m0001 m0002 m0003");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_closing_time_what_still_waits_is_handed_over),
        cmocka_unit_test(nothing_is_said_where_nobody_waits),
        cmocka_unit_test(the_night_of_the_clock_change_moves_no_hour),
        cmocka_unit_test(the_hour_that_comes_twice_hands_over_once),
        cmocka_unit_test(before_a_holiday_the_office_hands_over_for_longer),
        cmocka_unit_test(embassy_and_consulate_are_handed_over_together),
        cmocka_unit_test(a_change_that_passed_while_it_was_down_is_told_once),
        cmocka_unit_test(before_it_takes_effect_nothing_is_handed_over),
        cmocka_unit_test(a_reload_takes_the_new_hours),
        cmocka_unit_test(an_office_that_closes_from_now_on_hands_over),
        cmocka_unit_test(a_reload_counts_for_what_is_on_its_way_too),
    };
    return cmocka_run_group_tests_name("who is on duty changes", tests, NULL, NULL);
}

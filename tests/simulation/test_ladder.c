/*
 * The ladder is another one: after a reload, and after a start with a new file.
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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_reload_takes_the_new_ladder),
                                        cmocka_unit_test(a_start_takes_the_new_ladder) };
    return cmocka_run_group_tests_name("the ladder is another one", tests, NULL, NULL);
}

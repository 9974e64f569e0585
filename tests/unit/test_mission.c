#include "geo_world.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* 2012-07-01T03:30:00Z: the first of July in Europe, the last of June in Chicago. */
#define TURN_OF_JULY INT64_C(1341113400000)

static const struct row {
    const char *name, *zone, *email, *webhook, *from, *to;
    int64_t at_ms;
    bool valid;
} rows[] = {
    { "no dates, a mailbox", "UTC", "a@b.example", "", "", "", 0, true },
    { "no dates, a webhook", "UTC", "", "https://b.example/", "", "", 0, true },
    { "no endpoint at all", "UTC", "", "", "", "", 0, false },
    { "on the first day", "UTC", "a@b.example", "", "2012-07-01", "", TURN_OF_JULY, true },
    { "the day before the first", "UTC", "a@b.example", "", "2012-07-02", "", TURN_OF_JULY, false },
    { "on the last day", "UTC", "a@b.example", "", "", "2012-07-01", TURN_OF_JULY, true },
    { "the day after the last", "UTC", "a@b.example", "", "", "2012-06-30", TURN_OF_JULY, false },
    { "still the last day in Chicago", "America/Chicago", "a@b.example", "", "", "2012-06-30",
      TURN_OF_JULY, true },
    { "not yet the first day in Chicago", "America/Chicago", "a@b.example", "", "2012-07-01", "",
      TURN_OF_JULY, false },
    { "already the next day in Guam", "Pacific/Guam", "a@b.example", "", "", "2012-06-30",
      TURN_OF_JULY, false },
    { "a moment before 1970 is in 1969", "UTC", "a@b.example", "", "", "1969-12-31", -1, true },
    { "beyond the calendar nothing ends", "UTC", "a@b.example", "", "2012-01-01", "", INT64_MAX,
      true },
};

static void representatives_are_valid_by_local_date(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *row = &rows[i];
        struct mission *m = world_mission("fr-x", "FR", "embassy", "Chicago, IL", 0, 0);
        struct representative *p = world_representative(1, row->email, row->from, row->to);
        g_time_zone_unref(m->tz);
        m->tz = hours_zone(row->zone);
        world_set(&p->webhook, row->webhook);
        if (representative_is_valid(p, m, row->at_ms) != row->valid)
            fail_msg("%s", row->name);
        representative_free(p);
        mission_free(m);
    }
}

static void a_mission_without_zone_lives_by_utc(void **state)
{
    struct mission *m = mission_new();
    char date[MISSION_DATE_SIZE];

    (void)state;
    mission_local_date(m, TURN_OF_JULY, date);
    assert_string_equal(date, "2012-07-01");
    mission_free(m);
    mission_free(NULL);
    representative_free(NULL);
}

static void names_are_in_order(void **state)
{
    (void)state;
    assert_string_equal(threat_level_names[THREAT_LOW], "low");
    assert_string_equal(threat_level_names[THREAT_CRITICAL], "critical");
    assert_null(threat_level_names[THREAT_CRITICAL + 1]);
    assert_true(g_strv_contains(mission_kinds, "permanent-mission-oas"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(representatives_are_valid_by_local_date),
        cmocka_unit_test(a_mission_without_zone_lives_by_utc),
        cmocka_unit_test(names_are_in_order),
    };

    return cmocka_run_group_tests_name("mission", tests, NULL, NULL);
}

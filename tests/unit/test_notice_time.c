#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "wire/notice_time.h"

#define JULY INT64_C(1342445400000) /* 2012-07-16T13:30:00Z, a Monday */
#define FALL_BACK                                                                                  \
    INT64_C(1352010600000) /* 2012-11-04T06:30:00Z: 01:30 in Chicago for the first time */
#define HOUR INT64_C(3600000)

static const struct row {
    const char *name, *zone;
    int64_t ms;
    const char *clock, *date;
} rows[] = {
    { "summer in Chicago", "America/Chicago", JULY, "08:30 CDT", "Mon 16 Jul 2012" },
    { "Honolulu has no summer time", "Pacific/Honolulu", JULY, "03:30 HST", "Mon 16 Jul 2012" },
    { "in Guam it is a day later", "Pacific/Guam", JULY, "23:30 ChST", "Mon 16 Jul 2012" },
    { "an hour that comes twice, first", "America/Chicago", FALL_BACK, "01:30 CDT",
      "Sun 4 Nov 2012" },
    { "and again", "America/Chicago", FALL_BACK + HOUR, "01:30 CST", "Sun 4 Nov 2012" },
    { "a zone that is none is UTC", "Mars/Olympus", JULY, "13:30 UTC", "Mon 16 Jul 2012" },
    { "a path is no zone", "../../etc/passwd", JULY, "13:30 UTC", "Mon 16 Jul 2012" },
    { "no zone is UTC", NULL, JULY, "13:30 UTC", "Mon 16 Jul 2012" },
};

static json_t *phrases_of(const char *language)
{
    g_autofree char *file = g_strdup_printf(SOURCE_DIR "/conf/templates/phrases/%s.json", language);
    json_t *phrases = json_load_file(file, 0, NULL);
    assert_non_null(phrases);
    return phrases;
}

static void clock_and_date_are_the_zone_s(void **state)
{
    (void)state;
    json_t *english = phrases_of("en");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GTimeZone) tz = notice_time_zone(rows[i].zone);
        g_autofree char *clock = notice_time_clock(rows[i].ms, tz);
        g_autofree char *date = notice_time_date(english, rows[i].ms, tz);
        if (!g_str_equal(clock, rows[i].clock) || !g_str_equal(date, rows[i].date))
            fail_msg("%s: %s, %s", rows[i].name, clock, date);
    }
    json_decref(english);
}

static void the_date_is_told_where_it_is_another_day(void **state)
{
    static const struct when {
        int64_t later_ms;
        bool dated;
    } whens[] = { { 0, false },        { HOUR, false },     { 15 * HOUR, false },
                  { 16 * HOUR, true }, { -9 * HOUR, true }, { 366 * 24 * HOUR, true } };
    (void)state;
    json_t *spanish = phrases_of("es");
    g_autoptr(GTimeZone) tz = notice_time_zone("America/Chicago");
    for (size_t i = 0; i < G_N_ELEMENTS(whens); i++) {
        int64_t ms = JULY + whens[i].later_ms;
        g_autofree char *moment = notice_time_moment(spanish, ms, JULY, tz);
        g_autofree char *clock = notice_time_clock(ms, tz);
        g_autofree char *date = notice_time_date(spanish, ms, tz);
        assert_non_null(strstr(moment, clock));
        assert_int_equal(strstr(moment, date) != NULL, whens[i].dated);
    }
    json_decref(spanish);
}

static void utc_is_the_same_for_everybody(void **state)
{
    (void)state;
    g_autofree char *utc = notice_time_utc(JULY), *old = notice_time_utc(-1);
    g_autofree char *never = notice_time_utc(INT64_MAX);
    assert_string_equal(utc, "2012-07-16 13:30 UTC");
    assert_non_null(old);
    assert_string_equal(never, "1970-01-01 00:00 UTC");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_and_date_are_the_zone_s),
        cmocka_unit_test(the_date_is_told_where_it_is_another_day),
        cmocka_unit_test(utc_is_the_same_for_everybody),
    };
    return cmocka_run_group_tests_name("times in notices", tests, NULL, NULL);
}

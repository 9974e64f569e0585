#include "base/timestamp.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct good {
    const char *name, *text;
    int64_t ms;
    int offset_min;
    const char *written; /* by timestamp_format */
} good[] = {
    { "the epoch", "1970-01-01T00:00:00Z", 0, 0, "1970-01-01T00:00:00Z" },
    { "an instant in Chicago", "2012-07-16T08:30:00-05:00", 1342445400000, -300,
      "2012-07-16T08:30:00-05:00" },
    { "milliseconds", "2026-11-23T14:30:00.123Z", 1795444200123, 0, "2026-11-23T14:30:00Z" },
    { "tenths", "2026-11-23T14:30:00.1Z", 1795444200100, 0, "2026-11-23T14:30:00Z" },
    { "CAP's way of writing UTC", "2026-11-23T14:30:00-00:00", 1795444200000, 0,
      "2026-11-23T14:30:00Z" },
    { "leap day", "2024-02-29T12:00:00Z", 1709208000000, 0, "2024-02-29T12:00:00Z" },
    { "leap day of a year divisible by 400", "2000-02-29T00:00:00Z", 951782400000, 0,
      "2000-02-29T00:00:00Z" },
    { "half-hour zone, date changes", "2024-01-01T02:00:00+05:30", 1704054600000, 330,
      "2024-01-01T02:00:00+05:30" },
    { "before the epoch", "1969-12-31T23:59:59.999Z", -1, 0, "1969-12-31T23:59:59Z" },
    { "furthest offset east", "2000-01-01T23:59:00+23:59", 946684800000, 1439,
      "2000-01-01T23:59:00+23:59" },
    { "furthest offset west", "2000-01-01T00:00:00-23:59", 946771140000, -1439,
      "2000-01-01T00:00:00-23:59" },
    { "first instant", "0001-01-01T00:00:00Z", -62135596800000, 0, "0001-01-01T00:00:00Z" },
    { "last instant", "9999-12-31T23:59:59.999Z", 253402300799999, 0, "9999-12-31T23:59:59Z" },
};

static const struct bad {
    const char *name, *text, *why;
} bad[] = {
    { "nothing", "", "the date is not written as YYYY-MM-DD" },
    { "30 February", "2024-02-30T00:00:00Z", "there is no such date" },
    { "29 February of a common year", "2023-02-29T00:00:00Z", "there is no such date" },
    { "29 February 1900", "1900-02-29T00:00:00Z", "there is no such date" },
    { "month 13", "2024-13-01T00:00:00Z", "there is no such date" },
    { "day 0", "2024-01-00T00:00:00Z", "there is no such date" },
    { "leap second", "2016-12-31T23:59:60Z", "there is no such time of day" },
    { "hour 24", "2024-01-01T24:00:00Z", "there is no such time of day" },
    { "no offset", "2024-01-01T00:00:00", "the offset from UTC is missing (Z or +hh:mm)" },
    { "offset without colon", "2024-01-01T00:00:00+0100", "the offset is not written as +hh:mm" },
    { "offset of 24 hours", "2024-01-01T00:00:00+24:00", "the offset is out of range" },
    { "blank for T", "2024-01-01 00:00:00Z", "date and time are not joined by T" },
    { "small letters", "2024-01-01t00:00:00z", "date and time are not joined by T" },
    { "no seconds", "2024-01-01T00:00Z", "the time is not written as hh:mm:ss" },
    { "date alone", "2024-01-01", "date and time are not joined by T" },
    { "two-digit year", "24-01-01T00:00:00Z", "the date is not written as YYYY-MM-DD" },
    { "five-digit year", "12024-01-01T00:00:00Z", "the date is not written as YYYY-MM-DD" },
    { "empty fraction", "2024-01-01T00:00:00.Z", "a fraction of a second has one to three digits" },
    { "fraction we could not keep", "2024-01-01T00:00:00.1234Z",
      "a fraction of a second has one to three digits" },
    { "comma for the point", "2024-01-01T00:00:00,5Z",
      "the offset from UTC is missing (Z or +hh:mm)" },
    { "blank behind", "2024-01-01T00:00:00Z ", "something follows the time" },
    { "blank before", " 2024-01-01T00:00:00Z", "the date is not written as YYYY-MM-DD" },
    { "a sign in the year", "-024-01-01T00:00:00Z", "the date is not written as YYYY-MM-DD" },
    { "year 0", "0000-01-01T00:00:00Z", "there is no such date" },
    { "year 0 by its offset", "0001-01-01T00:00:00+01:00", "the year lies outside 0001 to 9999" },
};

static void good_ones_are_read_and_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        print_message("  %s\n", good[i].name);
        struct timestamp t;
        const char *why = NULL;
        assert_true(timestamp_parse(good[i].text, &t, &why));
        assert_null(why);
        assert_int_equal(t.ms, good[i].ms);
        assert_int_equal(t.offset_min, good[i].offset_min);
        g_autofree char *written = timestamp_format(&t);
        assert_string_equal(written, good[i].written);
    }
}

static void bad_ones_are_refused_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        print_message("  %s\n", bad[i].name);
        struct timestamp t = { 42, 7 };
        const char *why = NULL;
        assert_false(timestamp_parse(bad[i].text, &t, &why));
        assert_string_equal(why, bad[i].why);
        assert_int_equal(t.ms, 42); /* untouched */
    }
}

static void every_day_of_four_centuries_comes_back(void **state)
{
    (void)state;
    for (int64_t day = -25567; day < 146097; day++) { /* from 1900 */
        int64_t ms = day * 86400000 + 45296789;
        g_autofree char *text = timestamp_format_utc(ms);
        struct timestamp t;
        assert_true(timestamp_parse(text, &t, NULL));
        assert_int_equal(t.ms, ms);
        g_autoptr(GDateTime) judge = g_date_time_new_from_unix_utc(ms / 1000 - (ms % 1000 < 0));
        g_autofree char *want = g_date_time_format(judge, "%Y-%m-%dT%H:%M:%SZ");
        g_autofree char *got = timestamp_format_utc_s(ms);
        assert_string_equal(got, want);
    }
}

static void beyond_the_calendar_is_shown_as_its_limit(void **state)
{
    (void)state;
    g_autofree char *high = timestamp_format_utc(INT64_MAX);
    g_autofree char *low = timestamp_format_utc_s(INT64_MIN);
    g_autofree char *west = timestamp_format(&(struct timestamp){ INT64_MIN, -60 });
    assert_string_equal(high, "9999-12-31T23:59:59.999Z");
    assert_string_equal(low, "0001-01-01T00:00:00Z");
    assert_string_equal(west, "0001-01-01T00:00:00-01:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones_are_read_and_written),
        cmocka_unit_test(bad_ones_are_refused_with_a_reason),
        cmocka_unit_test(every_day_of_four_centuries_comes_back),
        cmocka_unit_test(beyond_the_calendar_is_shown_as_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "us_federal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct row {
    const char *name;
    int year, month, day;
    bool dc_area;
    const char *want;
} rows[] = {
    { "an ordinary day", 2026, 11, 23, false, NULL },
    { "New Year's Day on a Thursday", 2026, 1, 1, false, "New Year's Day" },
    { "New Year 2028 is a Saturday: kept in 2027", 2027, 12, 31, false, "New Year's Day" },
    { "so the Saturday itself is not in lieu", 2028, 1, 1, false, NULL },
    { "New Year 2022 was kept in 2021 as well", 2021, 12, 31, true, "New Year's Day" },
    { "other 31 Decembers are ordinary", 2026, 12, 31, false, NULL },
    { "New Year 2023 was a Sunday: Monday", 2023, 1, 2, false, "New Year's Day" },
    { "and the Sunday is not", 2023, 1, 1, false, NULL },
    { "third Monday of January", 2026, 1, 19, false, "Birthday of Martin Luther King, Jr." },
    { "not the second", 2026, 1, 12, false, NULL },
    { "third Monday of February", 2032, 2, 16, false, "Washington's Birthday" },
    { "last Monday of May is the fourth", 2026, 5, 25, false, "Memorial Day" },
    { "last Monday of May is the fifth", 2027, 5, 31, false, "Memorial Day" },
    { "not the fourth of five", 2027, 5, 24, false, NULL },
    { "Juneteenth's first year, a Saturday: Friday", 2021, 6, 18, false,
      "Juneteenth National Independence Day" },
    { "there was no Juneteenth before", 2020, 6, 19, false, NULL },
    { "Juneteenth on a Sunday: Monday", 2033, 6, 20, false,
      "Juneteenth National Independence Day" },
    { "Independence Day on a Saturday: Friday", 2026, 7, 3, false, "Independence Day" },
    { "first Monday of September is the 1st", 2025, 9, 1, false, "Labor Day" },
    { "first Monday of September is the 7th", 2026, 9, 7, false, "Labor Day" },
    { "second Monday of October is the 8th", 2029, 10, 8, false, "Columbus Day" },
    { "second Monday of October is the 14th", 2024, 10, 14, false, "Columbus Day" },
    { "Veterans Day on a Sunday: Monday", 2029, 11, 12, false, "Veterans Day" },
    { "fourth Thursday of five", 2029, 11, 22, false, "Thanksgiving Day" },
    { "not the fifth Thursday", 2029, 11, 29, false, NULL },
    { "Christmas on a Saturday: Friday", 2027, 12, 24, false, "Christmas Day" },
    { "Inauguration Day on a Tuesday", 2037, 1, 20, true, "Inauguration Day" },
    { "Inauguration Day counts in the DC area only", 2037, 1, 20, false, NULL },
    { "Inauguration Day on a Sunday: Monday", 2013, 1, 21, true,
      "Birthday of Martin Luther King, Jr." /* the same Monday, and first in the list */ },
    { "and not that Sunday", 2013, 1, 20, true, NULL },
    { "a Saturday's has no Friday in lieu", 2029, 1, 19, true, NULL },
    { "nor a Monday", 2029, 1, 22, true, NULL },
    { "but is the day itself", 2029, 1, 20, true, "Inauguration Day" },
    { "no Inauguration Day between terms", 2027, 1, 20, true, NULL },
    { "no such date", 2026, 2, 29, false, NULL },
    { "month 0", 2026, 0, 1, false, NULL },
    { "before the first year", 1969, 12, 25, false, NULL },
    { "the first year", 1970, 12, 25, false, "Christmas Day" },
    { "the last year", 2199, 12, 25, false, "Christmas Day" },
    { "after the last year", 2200, 12, 25, false, NULL },
};

static void federal_holidays_fall_where_the_law_says(void **state)
{
    (void)state;
    struct calendar *c = us_federal();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        print_message("  %s\n", r->name);
        const char *got = calendar_closed_on(c, r->year, r->month, r->day, r->dc_area);
        if (r->want)
            assert_string_equal(got, r->want);
        else
            assert_null(got);
    }
    calendar_free(c);
}

static void every_year_has_as_many_holidays_as_the_law_names(void **state)
{
    (void)state;
    struct calendar *c = us_federal();
    g_autoptr(GDate) d = g_date_new_dmy(1, G_DATE_JANUARY, 2022);
    int weekdays_closed = 0;
    for (; g_date_get_year(d) < 2050; g_date_add_days(d, 1)) {
        const char *name = calendar_closed_on(c, g_date_get_year(d), g_date_get_month(d),
                                              g_date_get_day(d), false);
        weekdays_closed += name != NULL;
        if (name)
            assert_true(g_date_get_weekday(d) <= G_DATE_FRIDAY); /* the observed day is a weekday */
    }
    /* Eleven a year; that of 2022 was kept in 2021, and 2050's New Year is a Saturday. */
    assert_int_equal(weekdays_closed, 28 * 11);
    calendar_free(c);
}

static void inauguration_on_a_sunday_alone(void **state)
{
    (void)state;
    struct calendar *c = calendar_new("dc");
    us_federal_add(c, (struct calendar_rule){ .kind = CALENDAR_INAUGURATION }, "Inauguration Day");
    assert_null(calendar_closed_on(c, 2013, 1, 20, true));
    assert_string_equal(calendar_closed_on(c, 2013, 1, 21, true), "Inauguration Day");
    assert_null(calendar_closed_on(c, 2013, 1, 21, false));
    assert_null(calendar_closed_on(c, 2025, 1, 21, true)); /* a Tuesday after a Monday */
    calendar_free(c);
}

static void closures_close_one_day(void **state)
{
    (void)state;
    struct calendar *c = calendar_new("extra");
    us_federal_add(
        c, (struct calendar_rule){ .kind = CALENDAR_CLOSURE, .year = 2026, .month = 8, .day = 14 },
        "moving house");
    us_federal_add(c, (struct calendar_rule){ .kind = CALENDAR_FIXED, .month = 2, .day = 29 },
                   "leap day");
    us_federal_add(c, (struct calendar_rule){ .kind = CALENDAR_FIXED, .month = 12, .day = 31 },
                   "last day");
    assert_string_equal(calendar_closed_on(c, 2026, 8, 14, false), "moving house");
    assert_null(calendar_closed_on(c, 2026, 8, 15, false));
    assert_null(calendar_closed_on(c, 2027, 8, 14, false));
    assert_string_equal(calendar_closed_on(c, 2024, 2, 29, false), "leap day");
    assert_null(calendar_closed_on(c, 2025, 2, 28, false));
    assert_null(calendar_closed_on(c, 2025, 3, 1, false));
    /* 31 December 2028 is a Sunday */
    assert_string_equal(calendar_closed_on(c, 2029, 1, 1, false), "last day");
    assert_null(calendar_closed_on(c, 2028, 12, 31, false));
    calendar_free(c);
    calendar_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(federal_holidays_fall_where_the_law_says),
        cmocka_unit_test(every_year_has_as_many_holidays_as_the_law_names),
        cmocka_unit_test(inauguration_on_a_sunday_alone),
        cmocka_unit_test(closures_close_one_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

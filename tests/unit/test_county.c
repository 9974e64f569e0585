#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "model/county.h"

static const struct row {
    const char *name, *fips;
    bool known;
} rows[] = {
    { "Cook, Illinois", "17031", true },
    { "the District of Columbia", "11001", true },
    { "an independent city", "24510", true },
    { "one that was founded late", "08014", true },
    { "a borough of Alaska", "02185", true },
    { "a planning region of Connecticut", "09120", true },
    { "a county that it replaced", "09003", true },
    { "one that was renamed, by both numbers", "46113", true },
    { "its new one", "46102", true },
    { "Guam", "66010", true },
    { "a municipio", "72127", true },
    { "past the last", "17205", false },
    { "no county at all", "17999", false },
    { "an even number that was not dealt out", "17032", false },
    { "Dade, which is Miami-Dade now", "12025", false },
    { "a whole state", "17000", false },
    { "a state that is none", "03001", false },
    { "a sea", "73535", false },
    { "four digits", "1703", false },
    { "letters", "1703A", false },
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (county_is_known(rows[i].fips) != rows[i].known)
            fail_msg("%s: %s", rows[i].name, rows[i].fips);
}

/* The Census Bureau's count of 2017, 3,231, with those before and after it that the table keeps. */
static void test_count(void **state)
{
    unsigned n = 0;

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        char fips[8];
        snprintf(fips, sizeof fips, "%05u", i);
        n += county_is_known(fips);
    }
    assert_int_equal(n, 3231 + 2 + 3 + 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

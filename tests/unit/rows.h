/*
 * rows - a table as a group of tests, one for each row.
 *
 * A row begins with its test's name (const char *); holds() finds it as *state.
 */
#pragma once
#include <glib.h>

#define RUN_ROWS(group, rows, holds, set_up, tear_down)                                            \
    rows_run(group, rows, G_N_ELEMENTS(rows), sizeof *(rows), holds, set_up, tear_down)

static inline int rows_run(const char *group, const void *rows, size_t n, size_t size,
                           CMUnitTestFunction holds, CMFixtureFunction set_up,
                           CMFixtureFunction tear_down)
{
    g_autofree struct CMUnitTest *tests = g_new0(struct CMUnitTest, n);
    for (size_t i = 0; i < n; i++) {
        void *row = (char *)rows + i * size;
        tests[i].name = *(const char **)row;
        tests[i].test_func = holds;
        tests[i].initial_state = row;
    }
    return _cmocka_run_group_tests(group, tests, n, set_up, tear_down);
}

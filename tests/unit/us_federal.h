/*
 * us_federal - the holidays of 5 U.S.C. 6103 as calendar rules, for tests that need them.
 */
#pragma once
#include "model/calendar.h"

static inline void us_federal_add(struct calendar *c, struct calendar_rule rule, const char *name)
{
    struct calendar_rule *r = g_new(struct calendar_rule, 1);
    *r = rule;
    r->name = g_strdup(name);
    g_ptr_array_add(c->rules, r);
}

static inline struct calendar *us_federal(void)
{
    static const struct {
        const char *name;
        struct calendar_rule rule;
    } rows[] = {
        { "New Year's Day", { .kind = CALENDAR_FIXED, .month = 1, .day = 1 } },
        { "Birthday of Martin Luther King, Jr.",
          { .kind = CALENDAR_NTH_WEEKDAY, .month = 1, .nth = 3, .weekday = 1 } },
        { "Inauguration Day", { .kind = CALENDAR_INAUGURATION, .dc_area_only = true } },
        { "Washington's Birthday",
          { .kind = CALENDAR_NTH_WEEKDAY, .month = 2, .nth = 3, .weekday = 1 } },
        { "Memorial Day", { .kind = CALENDAR_NTH_WEEKDAY, .month = 5, .nth = -1, .weekday = 1 } },
        { "Juneteenth National Independence Day",
          { .kind = CALENDAR_FIXED, .month = 6, .day = 19, .year = 2021 } },
        { "Independence Day", { .kind = CALENDAR_FIXED, .month = 7, .day = 4 } },
        { "Labor Day", { .kind = CALENDAR_NTH_WEEKDAY, .month = 9, .nth = 1, .weekday = 1 } },
        { "Columbus Day", { .kind = CALENDAR_NTH_WEEKDAY, .month = 10, .nth = 2, .weekday = 1 } },
        { "Veterans Day", { .kind = CALENDAR_FIXED, .month = 11, .day = 11 } },
        { "Thanksgiving Day",
          { .kind = CALENDAR_NTH_WEEKDAY, .month = 11, .nth = 4, .weekday = 4 } },
        { "Christmas Day", { .kind = CALENDAR_FIXED, .month = 12, .day = 25 } },
    };
    struct calendar *c = calendar_new("us-federal");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        us_federal_add(c, rows[i].rule, rows[i].name);
    return c;
}

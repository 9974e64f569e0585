/*
 * calendar - days on which an office is closed, as rules.
 *
 * Rules: a fixed date observed on the nearest weekday (Saturday: Friday before, Sunday: Monday
 * after), the nth (or last) weekday of a month, Inauguration Day (20 January of every fourth year,
 * Sunday: Monday after, Saturday: no day in lieu; only where the DC-area flag is set), and single
 * closures. The day in lieu closes, not the Saturday or Sunday itself; 20 January closes on a
 * Saturday too. Source: 5 U.S.C. 6103 and Executive Order 11582.  Years 1970 to 2199.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

enum calendar_rule_kind {
    CALENDAR_FIXED,
    CALENDAR_NTH_WEEKDAY,
    CALENDAR_INAUGURATION,
    CALENDAR_CLOSURE,
};

struct calendar_rule {
    enum calendar_rule_kind kind;
    char *name;     /* owned: "Thanksgiving Day" */
    int month, day; /* FIXED; CLOSURE with year */
    int year;       /* CLOSURE; FIXED and NTH: first year it counts, 0: always */
    int nth;        /* 1..5, or -1 for last */
    int weekday;    /* 1 Monday … 7 Sunday */
    bool dc_area_only;
};

struct calendar {
    char *id;         /* "us-federal"; owned */
    GPtrArray *rules; /* struct calendar_rule *, owned */
};

struct calendar *calendar_new(const char *id);
void calendar_free(struct calendar *c);
void calendar_rule_free(struct calendar_rule *r);

/* The name of the holiday or closure on that local date, or NULL.  The name is owned by c.
 * 31 December is checked against the next year's New Year's Day too. */
const char *calendar_closed_on(const struct calendar *c, int year, int month, int day,
                               bool dc_area);

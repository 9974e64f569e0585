#include "model/calendar.h"

struct calendar *calendar_new(const char *id)
{
    struct calendar *c = g_new0(struct calendar, 1);
    c->id = g_strdup(id);
    c->rules = g_ptr_array_new_with_free_func((GDestroyNotify)calendar_rule_free);
    return c;
}

void calendar_free(struct calendar *c)
{
    if (!c)
        return;
    g_free(c->id);
    g_ptr_array_unref(c->rules);
    g_free(c);
}

void calendar_rule_free(struct calendar_rule *r)
{
    if (!r)
        return;
    g_free(r->name);
    g_free(r);
}

/* A Saturday's holiday is kept on the Friday before (5 U.S.C. 6103(b)), a Sunday's on the Monday
 * after (Executive Order 11582, section 3).  year is that of the holiday, not of the day in lieu.
 */
static bool observed_on(const struct calendar_rule *r, int year, const GDate *day)
{
    GDate kept;
    if (year < r->year ||
        !g_date_valid_dmy((GDateDay)r->day, (GDateMonth)r->month, (GDateYear)year))
        return false;
    g_date_clear(&kept, 1);
    g_date_set_dmy(&kept, (GDateDay)r->day, (GDateMonth)r->month, (GDateYear)year);
    if (g_date_get_weekday(&kept) == G_DATE_SATURDAY)
        g_date_subtract_days(&kept, 1);
    else if (g_date_get_weekday(&kept) == G_DATE_SUNDAY)
        g_date_add_days(&kept, 1);
    return g_date_compare(&kept, day) == 0;
}

/* A day in lieu may lie in the next or the last year: New Year's Day of 2028 is kept in 2027. */
static bool fixed_on(const struct calendar_rule *r, const GDate *day)
{
    int year = g_date_get_year(day), month = g_date_get_month(day), date = g_date_get_day(day);
    if (month == r->month ? ABS(date - r->day) > 1 : date > 1 && date < 28)
        return false; /* too far off for a day in lieu; most days leave here */
    if (observed_on(r, year, day))
        return true;
    if (month == 12 && date == 31)
        return observed_on(r, year + 1, day);
    return month == 1 && date == 1 && observed_on(r, year - 1, day);
}

static bool nth_weekday_on(const struct calendar_rule *r, const GDate *day)
{
    int year = g_date_get_year(day), month = g_date_get_month(day), date = g_date_get_day(day);
    if (year < r->year || month != r->month || (int)g_date_get_weekday(day) != r->weekday)
        return false;
    if (r->nth > 0)
        return (date - 1) / 7 + 1 == r->nth;
    return date + 7 > g_date_get_days_in_month((GDateMonth)month, (GDateYear)year);
}

/* 5 U.S.C. 6103(c): 20 January of every fourth year after 1965; a Sunday's is kept on Monday. */
static bool inauguration_on(const GDate *day)
{
    if (g_date_get_month(day) != G_DATE_JANUARY || g_date_get_year(day) % 4 != 1)
        return false;
    int date = g_date_get_day(day);
    GDateWeekday weekday = g_date_get_weekday(day);
    return date == 20 ? weekday != G_DATE_SUNDAY : date == 21 && weekday == G_DATE_MONDAY;
}

static bool rule_on(const struct calendar_rule *r, const GDate *day)
{
    switch (r->kind) {
    case CALENDAR_FIXED:
        return fixed_on(r, day);
    case CALENDAR_NTH_WEEKDAY:
        return nth_weekday_on(r, day);
    case CALENDAR_INAUGURATION:
        return inauguration_on(day);
    case CALENDAR_CLOSURE:
        return g_date_get_year(day) == r->year && (int)g_date_get_month(day) == r->month &&
               g_date_get_day(day) == r->day;
    }
    g_assert_not_reached();
}

const char *calendar_closed_on(const struct calendar *c, int year, int month, int day, bool dc_area)
{
    if (year < 1970 || year > 2199 ||
        !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
        return NULL;
    GDate date;
    g_date_clear(&date, 1);
    g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
    for (guint i = 0; i < c->rules->len; i++) {
        const struct calendar_rule *r = c->rules->pdata[i];
        bool counts = dc_area || !(r->dc_area_only || r->kind == CALENDAR_INAUGURATION);
        if (counts && rule_on(r, &date))
            return r->name;
    }
    return NULL;
}

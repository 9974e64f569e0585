#include "wire/notice_time.h"

#include "model/hours.h"
#include "wire/phrases.h"

GTimeZone *notice_time_zone(const char *name)
{
    GTimeZone *tz = name && hours_zone_name_is_valid(name) ? hours_zone(name) : NULL;
    return tz ? tz : g_time_zone_new_utc();
}

static GDateTime *local_time(int64_t ms, GTimeZone *tz)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(ms / 1000);
    /* Years outside 1 to 9999 come from nobody who means it. */
    return utc ? g_date_time_to_timezone(utc, tz) : g_date_time_new_from_unix_utc(0);
}

char *notice_time_date(const json_t *phrases, int64_t ms, GTimeZone *tz)
{
    g_autoptr(GDateTime) t = local_time(ms, tz);
    g_autofree char *weekday = g_strdup_printf("weekday_%d", g_date_time_get_day_of_week(t));
    g_autofree char *month = g_strdup_printf("month_%d", g_date_time_get_month(t));
    g_autofree char *day = g_strdup_printf("%d", g_date_time_get_day_of_month(t));
    g_autofree char *year = g_strdup_printf("%d", g_date_time_get_year(t));
    return phrases_fill(phrases, "date", "weekday", phrases_get(phrases, weekday), "day", day,
                        "month", phrases_get(phrases, month), "year", year, NULL);
}

char *notice_time_clock(int64_t ms, GTimeZone *tz)
{
    g_autoptr(GDateTime) t = local_time(ms, tz);
    return g_date_time_format(t, "%H:%M %Z");
}

char *notice_time_utc(int64_t ms)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) t = local_time(ms, utc);
    return g_date_time_format(t, "%Y-%m-%d %H:%M UTC");
}

char *notice_time_moment(const json_t *phrases, int64_t ms, int64_t now_ms, GTimeZone *tz)
{
    g_autoptr(GDateTime) then = local_time(ms, tz), now = local_time(now_ms, tz);
    char *clock = notice_time_clock(ms, tz);
    if (g_date_time_get_year(then) == g_date_time_get_year(now) &&
        g_date_time_get_day_of_year(then) == g_date_time_get_day_of_year(now))
        return clock;
    g_autofree char *date = notice_time_date(phrases, ms, tz);
    char *moment = phrases_fill(phrases, "moment", "date", date, "time", clock, NULL);
    g_free(clock);
    return moment;
}

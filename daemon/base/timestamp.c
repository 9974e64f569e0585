#include "base/timestamp.h"
#include <string.h>

#define DAY_MS INT64_C(86400000)
#define FIRST_MS INT64_C(-62135596800000) /* 0001-01-01T00:00:00Z */
#define LAST_MS INT64_C(253402300799999)  /* 9999-12-31T23:59:59.999Z */

/* Days since 1970-01-01 in the proleptic Gregorian calendar.  The year is taken to begin in March,
 * so that the leap day is its last and the lengths of months follow one formula. */
static int64_t days_of_date(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int m = month <= 2 ? month + 9 : month - 3;
    return INT64_C(365) * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static int days_of_month(int year, int month)
{
    static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    gboolean leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return length[month - 1] + (month == 2 && leap);
}

static gboolean digits(const char **p, int n, int *value)
{
    *value = 0;
    for (int i = 0; i < n; i++, (*p)++) {
        if (!g_ascii_isdigit(**p))
            return FALSE;
        *value = *value * 10 + (**p - '0');
    }
    return TRUE;
}

static gboolean literal(const char **p, char c)
{
    if (**p != c)
        return FALSE;
    (*p)++;
    return TRUE;
}

/* One to three digits; a finer fraction would be lost, so it is not taken. */
static gboolean parse_fraction(const char **p, int *ms)
{
    *ms = 0;
    if (!literal(p, '.'))
        return TRUE;
    int n = 0;
    for (; g_ascii_isdigit(**p) && n < 3; n++, (*p)++)
        *ms = *ms * 10 + (**p - '0');
    for (int i = n; i < 3; i++)
        *ms *= 10;
    return n > 0 && !g_ascii_isdigit(**p);
}

static const char *parse_offset(const char **p, int *offset_min)
{
    *offset_min = 0;
    if (literal(p, 'Z'))
        return NULL;
    if (**p != '+' && **p != '-')
        return "the offset from UTC is missing (Z or +hh:mm)";
    int sign = *(*p)++ == '-' ? -1 : 1, hours, minutes;
    if (!digits(p, 2, &hours) || !literal(p, ':') || !digits(p, 2, &minutes))
        return "the offset is not written as +hh:mm";
    if (hours > 23 || minutes > 59)
        return "the offset is out of range";
    *offset_min = sign * (hours * 60 + minutes);
    return NULL;
}

static const char *parse_date(const char **p, int64_t *days)
{
    int year, month, day;
    if (!digits(p, 4, &year) || !literal(p, '-') || !digits(p, 2, &month) || !literal(p, '-') ||
        !digits(p, 2, &day))
        return "the date is not written as YYYY-MM-DD";
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
        return "there is no such date";
    *days = days_of_date(year, month, day);
    return NULL;
}

static const char *parse_time(const char **p, int64_t *ms_of_day)
{
    int hour, minute, second, ms;
    if (!literal(p, 'T'))
        return "date and time are not joined by T";
    if (!digits(p, 2, &hour) || !literal(p, ':') || !digits(p, 2, &minute) || !literal(p, ':') ||
        !digits(p, 2, &second))
        return "the time is not written as hh:mm:ss";
    if (hour > 23 || minute > 59 || second > 59)
        return "there is no such time of day";
    if (!parse_fraction(p, &ms))
        return "a fraction of a second has one to three digits";
    *ms_of_day = ((hour * 60 + minute) * 60 + second) * INT64_C(1000) + ms;
    return NULL;
}

static const char *parse(const char *p, struct timestamp *out)
{
    int64_t days, ms_of_day;
    int offset_min;
    const char *wrong = parse_date(&p, &days);
    if (!wrong)
        wrong = parse_time(&p, &ms_of_day);
    if (!wrong)
        wrong = parse_offset(&p, &offset_min);
    if (wrong)
        return wrong;
    if (*p)
        return "something follows the time";
    int64_t ms = days * DAY_MS + ms_of_day - offset_min * INT64_C(60000);
    if (ms < FIRST_MS || ms > LAST_MS)
        return "the year lies outside 0001 to 9999";
    *out = (struct timestamp){ ms, (int16_t)offset_min };
    return NULL;
}

gboolean timestamp_parse(const char *text, struct timestamp *out, const char **why)
{
    const char *wrong = parse(text, out);
    if (wrong && why)
        *why = wrong;
    return wrong == NULL;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static void date_of_days(int64_t days, int *year, int *month, int *day)
{
    int64_t shifted = days + 719468;
    int64_t era = floor_div(shifted, 146097); /* 400 years */
    int rest = (int)(shifted - era * 146097);
    int y = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
    int day_of_year = rest - (365 * y + y / 4 - y / 100);
    int m = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = (int)(y + era * 400) + (*month <= 2);
}

static char *put(char *at, int value, int digits)
{
    for (int i = digits; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + digits;
}

static char *put_after(char *at, char mark, int value, int digits)
{
    *at = mark;
    return put(at + 1, value, digits);
}

#define MAX_TEXT sizeof "YYYY-MM-DDThh:mm:ss+hh:mm"

/* Everything up to the seconds; returns what comes behind.  Instants before the year 1 or after
 * 9999 are shown as the limit.  Written by hand: each record of the journal has one or two. */
static char *put_to_second(char *at, int64_t ms)
{
    int year, month, day;
    int64_t days = floor_div(ms, DAY_MS);
    int second = (int)((ms - days * DAY_MS) / 1000);
    date_of_days(days, &year, &month, &day);
    at = put(at, year, 4);
    at = put_after(at, '-', month, 2);
    at = put_after(at, '-', day, 2);
    at = put_after(at, 'T', second / 3600, 2);
    at = put_after(at, ':', second / 60 % 60, 2);
    return put_after(at, ':', second % 60, 2);
}

char *timestamp_format_utc(int64_t ms)
{
    char text[MAX_TEXT];
    ms = CLAMP(ms, FIRST_MS, LAST_MS);
    char *end = put_to_second(text, ms);
    end = put_after(end, '.', (int)(ms - floor_div(ms, 1000) * 1000), 3);
    *end++ = 'Z';
    return g_strndup(text, (gsize)(end - text));
}

char *timestamp_format_utc_s(int64_t ms)
{
    char text[MAX_TEXT];
    char *end = put_to_second(text, CLAMP(ms, FIRST_MS, LAST_MS));
    *end++ = 'Z';
    return g_strndup(text, (gsize)(end - text));
}

char *timestamp_format(const struct timestamp *t)
{
    char text[MAX_TEXT];
    if (t->offset_min == 0)
        return timestamp_format_utc_s(t->ms);
    int64_t local = CLAMP(t->ms, FIRST_MS, LAST_MS) + t->offset_min * INT64_C(60000);
    char *end = put_to_second(text, CLAMP(local, FIRST_MS, LAST_MS));
    int away = ABS(t->offset_min);
    end = put_after(end, t->offset_min < 0 ? '-' : '+', away / 60, 2);
    end = put_after(end, ':', away % 60, 2);
    return g_strndup(text, (gsize)(end - text));
}

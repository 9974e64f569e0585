/* The parts of hours.h that read text: names of zones and weekly hours. */
#include "model/hours.h"
#include <string.h>

#define DAY_MIN (24 * 60)

void hours_clear(struct hours *h)
{
    g_clear_pointer(&h->tz, g_time_zone_unref);
    g_clear_pointer(&h->closures, calendar_free);
    g_free(h->tz_name);
    g_free(h->open_because);
    *h = (struct hours){ 0 };
}

bool hours_zone_name_is_valid(const char *name)
{
    if (g_str_has_prefix(name, "right/") || g_str_has_prefix(name, "posix/"))
        return false;
    for (const char *part = name;;) {
        size_t n = 0;
        while (g_ascii_isalnum(part[n]) || (part[n] && strchr("_+-", part[n])))
            n++;
        if (n == 0 || (part[n] && part[n] != '/'))
            return false;
        if (!part[n])
            return true;
        part += n + 1;
    }
}

/* GLib would also take "+05" and POSIX rules such as "EST5EDT" for zones; IANA's names of places
 * have a slash, and the old ones without have no digits. */
GTimeZone *hours_zone(const char *name)
{
    if (!hours_zone_name_is_valid(name) || g_str_equal(name, "localtime") ||
        g_str_equal(name, "posixrules"))
        return NULL;
    if (!strchr(name, '/') && strpbrk(name, "0123456789+-"))
        return NULL;
    return g_time_zone_new_identifier(name);
}

/* What hours_parse gathers before it touches h. */
struct week {
    int open[8], close[8];
};

static int weekday_at(const char **p)
{
    static const char names[][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    for (int i = 0; i < 7; i++) {
        if (g_ascii_strncasecmp(*p, names[i], 3) == 0) {
            *p += 3;
            return i + 1;
        }
    }
    return 0;
}

/* "Mon-Wed,Fri" sets those of days[1..7]. */
static const char *parse_days(const char **p, bool days[8])
{
    for (;; (*p)++) {
        int first = weekday_at(p), last = first;
        if (first && **p == '-') {
            (*p)++;
            last = weekday_at(p);
        }
        if (!first || !last)
            return "a day is not one of Mon Tue Wed Thu Fri Sat Sun";
        if (last < first)
            return "a range of days runs backwards; the week begins with Mon";
        for (int d = first; d <= last; d++) {
            if (days[d])
                return "a day is named twice";
            days[d] = true;
        }
        if (**p != ',')
            return NULL;
    }
}

static bool parse_clock(const char **p, int *minute)
{
    const char *s = *p;
    for (int i = 0; i < 5; i++)
        if (i == 2 ? s[i] != ':' : !g_ascii_isdigit(s[i]))
            return false;
    int hour = (s[0] - '0') * 10 + s[1] - '0', min = (s[3] - '0') * 10 + s[4] - '0';
    *minute = hour * 60 + min;
    *p += 5;
    return min < 60 && *minute <= DAY_MIN;
}

static const char *parse_group(const char **p, struct week *w)
{
    bool days[8] = { false };
    int open, close;
    const char *wrong = parse_days(p, days);
    if (wrong)
        return wrong;
    if (*(*p)++ != ' ')
        return "a blank is missing between days and times";
    if (!parse_clock(p, &open) || *(*p)++ != '-' || !parse_clock(p, &close))
        return "times are not written as hh:mm-hh:mm";
    if (close <= open)
        return "closing time is not after opening time";
    for (int d = 1; d <= 7; d++) {
        if (days[d] && w->close[d])
            return "a day is named twice";
        if (days[d]) {
            w->open[d] = open;
            w->close[d] = close;
        }
    }
    return NULL;
}

static const char *parse_week(const char *p, struct week *w)
{
    for (;;) {
        const char *wrong = parse_group(&p, w);
        if (wrong)
            return wrong;
        if (!*p)
            return NULL;
        if (*p++ != ';')
            return "something follows the hours; groups are separated by a semicolon";
        while (*p == ' ')
            p++;
    }
}

bool hours_parse(struct hours *h, const char *text, const char **why)
{
    struct week w = { { 0 }, { 0 } };
    bool always = g_str_equal(text, "24x7");
    const char *wrong = always ? NULL : parse_week(text, &w);
    if (wrong) {
        if (why)
            *why = wrong;
        return false;
    }
    h->always = always;
    memcpy(h->open_min, w.open, sizeof w.open);
    memcpy(h->close_min, w.close, sizeof w.close);
    g_free(h->open_because);
    h->open_because = always ? NULL : g_strconcat("open ", text, NULL);
    return true;
}

#include "model/hours.h"

#define DAY_S INT64_C(86400)
#define DAY_MIN 1440
#define HORIZON_S (3653 * DAY_S) /* ten years */
#define EPOCH_JULIAN 719163      /* GDate's number of 1970-01-01 */
#define LAST_DAY (84006 - 1)     /* 2199-12-31, where calendars end */

/* A stretch of time with one offset from UTC, as GLib numbers them. */
struct stretch {
    int interval;
    int64_t offset_s;
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static struct stretch look_up(GTimeZone *tz, int64_t utc_s)
{
    int i = g_time_zone_find_interval(tz, G_TIME_TYPE_UNIVERSAL, utc_s);
    return (struct stretch){ i, g_time_zone_get_offset(tz, i) };
}

/* GLib goes through all stretches since 1883 for each question; the same few quarters of an hour
 * are asked for again and again.  One that a stretch ends in is not kept. */
#define QUARTER_S 900
#define KEPT 64 /* a power of two */

struct quarter {
    GTimeZone *tz; /* a reference, so that no other zone comes to stand there */
    int64_t number;
    struct stretch s;
};

static void free_kept(gpointer kept)
{
    struct quarter *all = kept;
    for (size_t i = 0; i < KEPT; i++)
        g_clear_pointer(&all[i].tz, g_time_zone_unref);
    g_free(all);
}

static struct quarter *kept_for(const GTimeZone *tz, int64_t number)
{
    static GPrivate of_thread = G_PRIVATE_INIT(free_kept);
    struct quarter *all = g_private_get(&of_thread);
    if (!all) {
        all = g_new0(struct quarter, KEPT);
        g_private_set(&of_thread, all);
    }
    return &all[((uint64_t)number + ((uintptr_t)tz >> 4)) % KEPT];
}

static struct stretch stretch_at(const struct hours *h, int64_t utc_s)
{
    int64_t number = floor_div(utc_s, QUARTER_S);
    struct quarter *q = kept_for(h->tz, number);
    if (q->tz == h->tz && q->number == number)
        return q->s;
    struct stretch first = look_up(h->tz, number * QUARTER_S),
                   last = look_up(h->tz, (number + 1) * QUARTER_S - 1);
    if (first.interval != last.interval)
        return look_up(h->tz, utc_s);
    g_time_zone_ref(h->tz);
    g_clear_pointer(&q->tz, g_time_zone_unref);
    *q = (struct quarter){ h->tz, number, first };
    return first;
}

static int weekday_of(int64_t day)
{
    return (int)(day + 3 - floor_div(day + 3, 7) * 7) + 1; /* day 0 was a Thursday */
}

/* Why no hours at all are kept on that local day, or NULL. */
static const char *shut_all_day(const struct hours *h, int64_t day)
{
    int weekday = weekday_of(day);
    if (h->close_min[weekday] == 0)
        return weekday >= 6 ? "weekend" : "closed on this weekday";
    if ((!h->calendar && !h->closures) || day < 0 || day > LAST_DAY)
        return NULL;
    GDate d;
    g_date_clear(&d, 1);
    g_date_set_julian(&d, (guint32)(day + EPOCH_JULIAN));
    int year = g_date_get_year(&d), month = g_date_get_month(&d), date = g_date_get_day(&d);
    const char *name = NULL;
    if (h->closures)
        name = calendar_closed_on(h->closures, year, month, date, h->dc_area);
    if (!name && h->calendar)
        name = calendar_closed_on(h->calendar, year, month, date, h->dc_area);
    return name;
}

/* local_s: seconds of the local clock since its own 1970-01-01T00:00. */
static bool open_at_local(const struct hours *h, int64_t local_s, const char **because)
{
    int64_t day = floor_div(local_s, DAY_S);
    int minute = (int)((local_s - day * DAY_S) / 60), weekday = weekday_of(day);
    *because = shut_all_day(h, day);
    if (*because)
        return false;
    if (minute < h->open_min[weekday])
        *because = "before opening time";
    else if (minute >= h->close_min[weekday])
        *because = "after closing time";
    else
        *because = h->open_because ? h->open_because : "open";
    return minute >= h->open_min[weekday] && minute < h->close_min[weekday];
}

bool hours_is_open(const struct hours *h, int64_t at_ms, const char **because)
{
    const char *unused;
    because = because ? because : &unused;
    if (h->always) {
        *because = "open around the clock";
        return true;
    }
    int64_t utc_s = floor_div(at_ms, 1000);
    return open_at_local(h, utc_s + stretch_at(h, utc_s).offset_s, because);
}

/* The first local second after local_s with another state than open, if the clock were never set
 * forward or back; INT64_MAX when there is none up to end_s. */
static int64_t next_local(const struct hours *h, int64_t local_s, bool open, int64_t end_s)
{
    int64_t today = floor_div(local_s, DAY_S);
    for (int64_t day = today; day * DAY_S <= end_s; day++) {
        int weekday = weekday_of(day);
        bool kept = shut_all_day(h, day) == NULL;
        int64_t opens = day * DAY_S + h->open_min[weekday] * 60;
        int64_t closes = day * DAY_S + h->close_min[weekday] * 60;
        if (open && !kept)
            return day * DAY_S;
        if (open && day > today && opens > day * DAY_S)
            return day * DAY_S; /* closed at midnight */
        if (open && h->close_min[weekday] < DAY_MIN)
            return closes;
        if (!open && kept && opens > local_s)
            return opens;
    }
    return INT64_MAX;
}

/* The first second after from_s, up to to_s, that lies in another stretch than from_s does. */
static int64_t next_stretch(const struct hours *h, int64_t from_s, int64_t to_s)
{
    int interval = look_up(h->tz, from_s).interval;
    while (to_s - from_s > 1) {
        int64_t middle = from_s + (to_s - from_s) / 2;
        if (look_up(h->tz, middle).interval == interval)
            from_s = middle;
        else
            to_s = middle;
    }
    return to_s;
}

/*
 * Within one stretch the next change is found on the local clock alone.  If it lies beyond the
 * stretch, the search goes on at the stretch's end, where the clock jumps: that instant is itself a
 * change when the jump leads out of, or into, the hours.
 */
int64_t hours_next_change(const struct hours *h, int64_t after_ms)
{
    if (h->always)
        return INT64_MAX;
    int64_t at_s = floor_div(after_ms, 1000), end_s = at_s + HORIZON_S;
    const char *unused;
    struct stretch s = stretch_at(h, at_s);
    bool open = open_at_local(h, at_s + s.offset_s, &unused);
    for (;;) {
        int64_t local_s = next_local(h, at_s + s.offset_s, open, end_s + s.offset_s);
        int64_t found_s = local_s == INT64_MAX ? end_s + 1 : local_s - s.offset_s;
        if (stretch_at(h, found_s).interval == s.interval)
            return found_s <= end_s ? found_s * 1000 : INT64_MAX;
        at_s = next_stretch(h, at_s, found_s);
        if (at_s > end_s)
            return INT64_MAX;
        s = stretch_at(h, at_s);
        if (open_at_local(h, at_s + s.offset_s, &unused) != open)
            return at_s * 1000;
    }
}

const char *hours_change_because(const struct hours *h, int64_t at_ms)
{
    const char *because;
    if (hours_is_open(h, at_ms, &because))
        return "opening time";
    int64_t utc_s = floor_div(at_ms, 1000);
    int64_t day = floor_div(utc_s + (h->always ? 0 : stretch_at(h, utc_s).offset_s), DAY_S);
    bool plain = h->close_min[weekday_of(day)] == 0 || shut_all_day(h, day) == NULL;
    return plain ? "closing time" : because;
}

/*
 * test_hours_golden TABLE - asks hours and calendar for everything a table of tests/golden/hours
 * says.
 *
 * And for nothing more: a change of opening, a holiday or a jump of the clock that the table does
 * not name is a failure too.
 */
#include "base/timestamp.h"
#include "model/hours.h"
#include "us_federal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define DAY_MS INT64_C(86400000)

struct spell {
    int64_t opens_ms, shuts_ms;
};

struct table {
    struct hours hours;
    struct calendar *calendar; /* NULL: none */
    int first_year, last_year;
    GArray *spells;     /* struct spell, sorted */
    GHashTable *shut;   /* "2024-01-15" -> holiday */
    GHashTable *clocks; /* "2024-03-10T07:00:00Z" -> "-05:00 to -04:00" */
};

static const char *path;

static int number(const char *text)
{
    return (int)g_ascii_strtoll(text, NULL, 10);
}

static int64_t day_ms(const char *month, int date)
{
    struct timestamp t;
    g_autofree char *text = g_strdup_printf("%s-%02dT00:00:00Z", month, date);
    assert_true(timestamp_parse(text, &t, NULL));
    return t.ms;
}

/* "13:00Z", "03:00Z+1": of the UTC day that begins at midnight_ms, or its neighbour. */
static int64_t clock_ms(const char *text, int64_t midnight_ms)
{
    int64_t minutes = number(text) * 60 + number(text + 3);
    return midnight_ms + minutes * 60000 + number(text + 6) * DAY_MS;
}

static void add_spells(struct table *t, const char *month, int date, char **spells)
{
    int64_t midnight_ms = day_ms(month, date);
    for (; *spells; spells++) {
        const char *shuts = strstr(*spells, "..") + 2;
        struct spell s = { clock_ms(*spells, midnight_ms), clock_ms(shuts, midnight_ms) };
        g_array_append_val(t->spells, s);
    }
}

/* "2024-01 13:00Z..22:00Z on 02-05 08-12" */
static void read_open(struct table *t, const char *rest)
{
    g_auto(GStrv) halves = g_strsplit(rest + 8, " on ", 2);
    g_auto(GStrv) spells = g_strsplit(halves[0], " ", -1);
    g_auto(GStrv) days = g_strsplit(halves[1], " ", -1);
    g_autofree char *month = g_strndup(rest, 7);
    for (char **d = days; *d; d++) {
        int first = number(*d), last = (*d)[2] == '-' ? number(*d + 3) : first;
        for (int date = first; date <= last; date++)
            add_spells(t, month, date, spells);
    }
}

static void read_head(struct table *t, const char *word, const char *rest)
{
    if (g_str_equal(word, "zone")) {
        t->hours.tz = hours_zone(rest);
        assert_non_null(t->hours.tz);
    } else if (g_str_equal(word, "hours")) {
        assert_true(hours_parse(&t->hours, rest, NULL));
    } else if (g_str_equal(word, "calendar")) {
        t->calendar = g_str_equal(rest, "us-federal") ? us_federal() : NULL;
        t->hours.calendar = t->calendar;
    } else if (g_str_equal(word, "dc-area")) {
        t->hours.dc_area = g_str_equal(rest, "yes");
    } else if (g_str_equal(word, "years")) {
        t->first_year = number(rest);
        t->last_year = number(rest + 5);
    } else {
        fail_msg("%s: a line begins with \"%s\"", path, word);
    }
}

static void read_line(struct table *t, const char *line)
{
    if (!*line || *line == '#')
        return;
    g_auto(GStrv) words = g_strsplit(line, " ", 2);
    const char *rest = g_strchug(words[1]);
    if (g_str_equal(words[0], "open"))
        read_open(t, rest);
    else if (g_str_equal(words[0], "shut")) /* "2024-01 15 Birthday…" */
        g_hash_table_insert(t->shut, g_strdup_printf("%.7s-%.2s", rest, rest + 8),
                            g_strdup(rest + 11));
    else if (g_str_equal(words[0], "clock")) /* "2024-03-10T07:00Z -05:00 to -04:00" */
        g_hash_table_insert(t->clocks, g_strdup_printf("%.16s:00Z", rest), g_strdup(rest + 18));
    else
        read_head(t, words[0], rest);
}

static int by_time(gconstpointer a, gconstpointer b)
{
    const struct spell *x = a, *y = b;
    return (x->opens_ms > y->opens_ms) - (x->opens_ms < y->opens_ms);
}

static int setup(void **state)
{
    struct table *t = g_new0(struct table, 1);
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    t->spells = g_array_new(FALSE, FALSE, sizeof(struct spell));
    t->shut = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    t->clocks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        read_line(t, *line);
    g_array_sort(t->spells, by_time);
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    struct table *t = *state;
    hours_clear(&t->hours);
    calendar_free(t->calendar);
    g_array_unref(t->spells);
    g_hash_table_unref(t->shut);
    g_hash_table_unref(t->clocks);
    g_free(t);
    return 0;
}

static int offset_s(const struct table *t, int64_t utc_ms)
{
    int i = g_time_zone_find_interval(t->hours.tz, G_TIME_TYPE_UNIVERSAL, utc_ms / 1000);
    return g_time_zone_get_offset(t->hours.tz, i);
}

static int local_year(const struct table *t, int64_t utc_ms)
{
    g_autofree char *text = timestamp_format_utc_s(utc_ms + offset_s(t, utc_ms) * INT64_C(1000));
    return number(text);
}

static void check_spell(const struct table *t, const struct spell *got, const struct spell *want)
{
    if (got->opens_ms != want->opens_ms || got->shuts_ms != want->shuts_ms) {
        g_autofree char *a = timestamp_format_utc_s(got->opens_ms);
        g_autofree char *b = timestamp_format_utc_s(got->shuts_ms);
        g_autofree char *c = timestamp_format_utc_s(want->opens_ms);
        g_autofree char *d = timestamp_format_utc_s(want->shuts_ms);
        fail_msg("open from %s to %s, the table says %s to %s", a, b, c, d);
    }
    int64_t middle_ms = want->opens_ms + (want->shuts_ms - want->opens_ms) / 2;
    assert_false(hours_is_open(&t->hours, want->opens_ms - 1, NULL));
    assert_true(hours_is_open(&t->hours, want->opens_ms, NULL));
    assert_true(hours_is_open(&t->hours, middle_ms, NULL));
    assert_true(hours_is_open(&t->hours, want->shuts_ms - 1, NULL));
    assert_false(hours_is_open(&t->hours, want->shuts_ms, NULL));
}

static void every_change_of_every_year_is_the_tables(void **state)
{
    const struct table *t = *state;
    guint n = 0;
    g_autofree char *january = g_strdup_printf("%04d-01", t->first_year);
    int64_t at_ms = day_ms(january, 1) - 2 * DAY_MS;
    if (hours_is_open(&t->hours, at_ms, NULL))
        at_ms = hours_next_change(&t->hours, at_ms);
    for (;;) {
        struct spell got;
        got.opens_ms = hours_next_change(&t->hours, at_ms);
        got.shuts_ms = hours_next_change(&t->hours, got.opens_ms);
        at_ms = got.shuts_ms;
        int year = local_year(t, got.opens_ms);
        if (year < t->first_year)
            continue;
        if (year > t->last_year)
            break;
        assert_true(n < t->spells->len);
        check_spell(t, &got, &g_array_index(t->spells, struct spell, n++));
    }
    assert_int_equal(n, t->spells->len);
    assert_true(n >= 17 * 249 || t->last_year - t->first_year < 16); /* the table is whole */
    print_message("%u spells\n", n);
}

static void every_holiday_is_the_tables(void **state)
{
    const struct table *t = *state;
    guint n = 0;
    if (!t->calendar)
        return;
    g_autoptr(GDate) d = g_date_new_dmy(1, G_DATE_JANUARY, (GDateYear)t->first_year);
    for (; g_date_get_year(d) <= t->last_year; g_date_add_days(d, 1)) {
        g_autofree char *day = g_strdup_printf("%04d-%02d-%02d", g_date_get_year(d),
                                               g_date_get_month(d), g_date_get_day(d));
        const char *got = calendar_closed_on(t->calendar, g_date_get_year(d), g_date_get_month(d),
                                             g_date_get_day(d), t->hours.dc_area);
        const char *want = g_hash_table_lookup(t->shut, day);
        if (g_strcmp0(got, want) != 0)
            fail_msg("%s is %s, the table says %s", day, got ? got : "no holiday",
                     want ? want : "none");
        n += got != NULL;
        if (!got || g_date_get_weekday(d) >= G_DATE_SATURDAY)
            continue;
        g_autofree char *month = g_strndup(day, 7);
        int64_t noon_ms = day_ms(month, g_date_get_day(d)) + DAY_MS / 2;
        const char *because;
        assert_false(hours_is_open(&t->hours, noon_ms - offset_s(t, noon_ms) * 1000, &because));
        assert_string_equal(because, want);
    }
    assert_int_equal(n, g_hash_table_size(t->shut));
}

static void every_jump_of_the_clock_is_the_tables(void **state)
{
    const struct table *t = *state;
    guint n = 0;
    g_autofree char *january = g_strdup_printf("%04d-01", t->first_year);
    g_autofree char *end = g_strdup_printf("%04d-01", t->last_year + 1);
    int64_t last_ms = day_ms(end, 1);
    for (int64_t at_ms = day_ms(january, 1); at_ms < last_ms; at_ms += 3600000) {
        int before = offset_s(t, at_ms - 1000) / 60, after = offset_s(t, at_ms) / 60;
        if (before == after)
            continue;
        n++;
        g_autofree char *instant = timestamp_format_utc_s(at_ms);
        g_autofree char *got = g_strdup_printf("-%02d:%02d to -%02d:%02d", -before / 60,
                                               -before % 60, -after / 60, -after % 60);
        const char *want = g_hash_table_lookup(t->clocks, instant);
        if (g_strcmp0(got, want) != 0)
            fail_msg("at %s %s, the table says %s", instant, got, want ? want : "nothing");
    }
    assert_int_equal(n, g_hash_table_size(t->clocks));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change_of_every_year_is_the_tables),
        cmocka_unit_test(every_holiday_is_the_tables),
        cmocka_unit_test(every_jump_of_the_clock_is_the_tables),
    };
    if (argc != 2)
        return 2;
    path = argv[1];
    return cmocka_run_group_tests(tests, setup, teardown);
}

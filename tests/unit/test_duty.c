#include "base/timestamp.h"
#include "model/duty.h"
#include "us_federal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define WEEKDAYS "Mon-Fri 08:00-17:00"

static const struct {
    const char *id, *zone;
} offices[] = {
    { "atlanta", "America/New_York" },
    { "boston", "America/New_York" },
    { "bridgeport", "America/New_York" },
    { "buffalo", "America/New_York" },
    { "charleston", "America/New_York" },
    { "chicago", "America/Chicago" },
    { "dallas", "America/Chicago" },
    { "denver", "America/Denver" },
    { "detroit", "America/Detroit" },
    { "el-paso", "America/Denver" },
    { "greensboro", "America/New_York" },
    { "honolulu", "Pacific/Honolulu" },
    { "hot-springs", "America/Chicago" },
    { "houston", "America/Chicago" },
    { "los-angeles", "America/Los_Angeles" },
    { "los-angeles-wilshire", "America/Los_Angeles" },
    { "miami", "America/New_York" },
    { "minneapolis", "America/Chicago" },
    { "new-orleans", "America/Chicago" },
    { "new-york", "America/New_York" },
    { "philadelphia", "America/New_York" },
    { "phoenix", "America/Phoenix" },
    { "portsmouth", "America/New_York" },
    { "san-diego", "America/Los_Angeles" },
    { "san-francisco", "America/Los_Angeles" },
    { "san-juan", "America/Puerto_Rico" },
    { "seattle", "America/Los_Angeles" },
    { "st-albans", "America/New_York" },
    { "st-louis", "America/Chicago" },
    { "tucson", "America/Phoenix" },
    { "washington", "America/New_York" },
};

static int64_t instant(const char *text)
{
    struct timestamp t;
    assert_true(timestamp_parse(text, &t, NULL));
    return t.ms;
}

static void set_hours(struct hours *h, const struct directory *d, const char *zone,
                      const char *text)
{
    h->tz = hours_zone(zone);
    assert_non_null(h->tz);
    assert_true(hours_parse(h, text, NULL));
    h->calendar = d->calendars->pdata[0];
}

static struct desk *add_desk(struct directory *d, const char *id, const char *text)
{
    struct desk *k = g_new0(struct desk, 1);
    k->id = g_strdup(id);
    k->contact.tel = g_strdup_printf("tel of %s", id);
    set_hours(&k->hours, d, "America/New_York", text);
    g_ptr_array_add(d->desks, k);
    return k;
}

static struct directory *build(void)
{
    struct directory *d = directory_new();
    g_ptr_array_add(d->calendars, us_federal());
    for (size_t i = 0; i < G_N_ELEMENTS(offices); i++) {
        struct office *o = g_new0(struct office, 1);
        o->id = g_strdup(offices[i].id);
        o->contact.tel = g_strdup_printf("tel of %s", o->id);
        set_hours(&o->hours, d, offices[i].zone, WEEKDAYS);
        o->hours.dc_area = g_str_equal(o->id, "washington");
        g_ptr_array_add(d->offices, o);
    }
    add_desk(d, DUTY_PLD, WEEKDAYS)->hours.dc_area = true;
    add_desk(d, DUTY_COMMAND_CENTER, "24x7");
    return d;
}

static const struct row {
    const char *name, *office, *kind, *at, *want, *because;
} rows[] = {
    { "an office in its hours", "chicago", "consulate", "2026-11-23T09:30:00-06:00",
      "office:chicago", "open Mon-Fri 08:00-17:00" },
    { "the same instant, two zones west", "los-angeles", "consulate", "2026-11-23T09:30:00-06:00",
      "desk:command-center", "before opening time" },
    { "an office at its closing time", "chicago", "consulate", "2026-11-23T17:00:00-06:00",
      "desk:command-center", "after closing time" },
    { "an office on a holiday", "phoenix", "", "2026-11-26T12:00:00-07:00", "desk:command-center",
      "Thanksgiving Day" },
    { "an embassy in Washington", "washington", "embassy", "2026-11-23T09:30:00-05:00", "desk:pld",
      "open Mon-Fri 08:00-17:00" },
    { "a mission to the OAS", "washington", "permanent-mission-oas", "2026-11-23T09:30:00-05:00",
      "desk:pld", "open Mon-Fri 08:00-17:00" },
    { "a mission to the UN has no PLD", "washington", "permanent-mission-un",
      "2026-11-23T09:30:00-05:00", "office:washington", "open Mon-Fri 08:00-17:00" },
    { "the office of Washington by itself", "washington", "", "2026-11-23T09:30:00-05:00",
      "office:washington", "open Mon-Fri 08:00-17:00" },
    { "an embassy in New York has no PLD", "new-york", "embassy", "2026-11-23T09:30:00-05:00",
      "office:new-york", "open Mon-Fri 08:00-17:00" },
    { "an embassy at night", "washington", "embassy", "2026-11-23T20:00:00-05:00",
      "desk:command-center", "after closing time" },
    { "Inauguration Day in Washington", "washington", "embassy", "2037-01-20T12:00:00-05:00",
      "desk:command-center", "Inauguration Day" },
    { "Inauguration Day in New York", "new-york", "", "2037-01-20T12:00:00-05:00",
      "office:new-york", "open Mon-Fri 08:00-17:00" },
};

static void owner_is_who_the_hour_says(void **state)
{
    (void)state;
    struct directory *d = build();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        print_message("  %s\n", r->name);
        struct duty y = duty_at(d, directory_office(d, r->office), r->kind, instant(r->at));
        g_autofree char *name = duty_name(&y);
        assert_string_equal(name, r->want);
        assert_string_equal(y.because, r->because);
        g_autofree char *tel = g_strconcat("tel of ", strchr(name, ':') + 1, NULL);
        assert_string_equal(duty_contact(&y)->tel, tel);
    }
    directory_unref(d);
}

static void desk_has_itself_or_the_command_center(void **state)
{
    (void)state;
    struct directory *d = build();
    const struct desk *pld = directory_desk(d, DUTY_PLD);
    const struct desk *center = directory_desk(d, DUTY_COMMAND_CENTER);
    struct duty y = duty_of_desk(d, pld, instant("2026-11-23T09:30:00-05:00"));
    assert_ptr_equal(y.desk, pld);
    y = duty_of_desk(d, pld, instant("2026-11-22T09:30:00-05:00"));
    assert_ptr_equal(y.desk, center);
    assert_string_equal(y.because, "weekend");
    y = duty_of_desk(d, center, instant("2026-11-22T09:30:00-05:00"));
    assert_ptr_equal(y.desk, center);
    assert_string_equal(y.because, "open around the clock");
    struct duty_change change;
    assert_int_equal(duty_changes(d, NULL, NULL, center, 0, &change, 1), 0);
    directory_unref(d);
}

/* PLD that opens earlier and closes earlier than the office: the office fills the afternoon. */
static void handover_passes_down_the_line_and_up_again(void **state)
{
    (void)state;
    static const struct {
        const char *at, *to, *because;
    } want[] = {
        { "2026-11-24T12:00:00Z", "desk:pld", "opening time" },
        { "2026-11-24T20:00:00Z", "office:washington", "closing time" },
        { "2026-11-24T22:00:00Z", "desk:command-center", "closing time" },
        { "2026-11-25T12:00:00Z", "desk:pld", "opening time" },
        { "2026-11-25T20:00:00Z", "office:washington", "closing time" },
        { "2026-11-25T22:00:00Z", "desk:command-center", "closing time" },
        { "2026-11-27T12:00:00Z", "desk:pld", "opening time" }, /* after Thanksgiving */
    };
    struct directory *d = build();
    struct desk *pld = d->desks->pdata[0];
    assert_true(hours_parse(&pld->hours, "Mon-Fri 07:00-15:00", NULL));
    struct duty_change got[G_N_ELEMENTS(want)];
    assert_int_equal(duty_changes(d, directory_office(d, "washington"), "embassy", NULL,
                                  instant("2026-11-24T00:00:00Z"), got, G_N_ELEMENTS(want)),
                     G_N_ELEMENTS(want));
    for (size_t i = 0; i < G_N_ELEMENTS(want); i++) {
        g_autofree char *name = duty_name(&got[i].duty);
        assert_int_equal(got[i].at_ms, instant(want[i].at));
        assert_string_equal(name, want[i].to);
        assert_string_equal(got[i].because, want[i].because);
    }
    directory_unref(d);
}

struct subject {
    const struct directory *d;
    const struct office *office; /* or */
    const char *kind;
    const struct desk *desk;
};

static struct duty owner_at(const struct subject *s, int64_t at_ms)
{
    struct duty y =
        s->office ? duty_at(s->d, s->office, s->kind, at_ms) : duty_of_desk(s->d, s->desk, at_ms);
    assert_true((y.office != NULL) != (y.desk != NULL)); /* somebody, and one */
    assert_non_null(y.because);
    return y;
}

static bool same(const struct duty *a, const struct duty *b)
{
    return a->office == b->office && a->desk == b->desk;
}

static bool open_at(const struct duty *y, int64_t at_ms)
{
    return hours_is_open(y->office ? &y->office->hours : &y->desk->hours, at_ms, NULL);
}

/* Whoever hands over is open until then, whoever takes over is open from then on. */
static void check_change(const struct subject *s, const struct duty *before, int64_t since_ms,
                         const struct duty_change *change)
{
    int64_t at = change->at_ms;
    struct duty last = owner_at(s, at - 1), middle = owner_at(s, since_ms + (at - since_ms) / 2);
    struct duty first = owner_at(s, at);
    assert_true(at > since_ms);
    assert_true(same(&last, before) && same(&middle, before));
    assert_true(same(&first, &change->duty) && !same(&first, before));
    assert_true(open_at(before, at - 1) && open_at(&first, at));
    bool to_center = first.desk && g_str_equal(first.desk->id, DUTY_COMMAND_CENTER);
    if (to_center)
        assert_false(open_at(before, at)); /* at closing, not a minute later */
    assert_string_equal(change->because, to_center ? "closing time" : "opening time");
}

static guint walk(const struct subject *s, int64_t from_ms, int64_t to_ms)
{
    struct duty_change changes[50];
    struct duty now = owner_at(s, from_ms);
    guint count = 0;
    for (int64_t at = from_ms; at < to_ms;) {
        size_t n = duty_changes(s->d, s->office, s->kind, s->desk, at, changes, 50);
        for (size_t i = 0; i < n && at < to_ms; i++, count++) {
            check_change(s, &now, at, &changes[i]);
            now = changes[i].duty;
            at = changes[i].at_ms;
        }
        if (n == 0)
            return count;
    }
    return count;
}

static void no_instant_from_2024_to_2040_is_without_an_owner(void **state)
{
    (void)state;
    struct directory *d = build();
    int64_t from = instant("2024-01-01T00:00:00Z"), to = instant("2041-01-01T00:00:00Z");
    for (guint i = 0; i < d->offices->len; i++) {
        struct subject s = { d, d->offices->pdata[i], "", NULL };
        assert_in_range(walk(&s, from, to), 17 * 2 * 249, 17 * 2 * 252); /* working days */
        s.kind = "embassy";
        if (g_str_equal(s.office->id, DUTY_PLD_OFFICE))
            assert_in_range(walk(&s, from, to), 17 * 2 * 249, 17 * 2 * 252);
    }
    struct subject pld = { d, NULL, NULL, directory_desk(d, DUTY_PLD) };
    struct subject center = { d, NULL, NULL, directory_desk(d, DUTY_COMMAND_CENTER) };
    assert_in_range(walk(&pld, from, to), 17 * 2 * 249, 17 * 2 * 252);
    assert_int_equal(walk(&center, from, to), 0);
    directory_unref(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owner_is_who_the_hour_says),
        cmocka_unit_test(desk_has_itself_or_the_command_center),
        cmocka_unit_test(handover_passes_down_the_line_and_up_again),
        cmocka_unit_test(no_instant_from_2024_to_2040_is_without_an_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "io/config_calendar.h"
#include <string.h>

#include "base/text.h"
#include "io/config_check.h"
#include "io/config_reader.h"

#define MAX_TEXT 256 /* bytes of a zone, hours or a date */
#define MAX_RULES 400

static const char *const weekdays[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                        "Friday", "Saturday", "Sunday",    NULL };

/* The kinds of rule with the keys that each needs; the other keys of the four are refused. */
static const struct {
    const char *name;
    enum calendar_rule_kind kind;
    const char *needs;
} kinds[] = {
    { "fixed", CALENDAR_FIXED, "month day" },
    { "nth-weekday", CALENDAR_NTH_WEEKDAY, "month nth weekday" },
    { "inauguration", CALENDAR_INAUGURATION, "" },
};
static const char *const kind_names[] = { "fixed", "nth-weekday", "inauguration", NULL };

static const struct config_field rule_fields[] = {
    { .name = "name", .offset = offsetof(struct calendar_rule, name), .required = true },
    { .name = "rule", .type = CONFIG_FIELD_OTHER, .required = true },
    { .name = "month",
      .type = CONFIG_FIELD_INTEGER,
      .limit = 12,
      .offset = offsetof(struct calendar_rule, month) },
    { .name = "day",
      .type = CONFIG_FIELD_INTEGER,
      .limit = 31,
      .offset = offsetof(struct calendar_rule, day) },
    { .name = "nth", .type = CONFIG_FIELD_OTHER },
    { .name = "weekday", .type = CONFIG_FIELD_OTHER },
    { .name = "since",
      .type = CONFIG_FIELD_INTEGER,
      .limit = 2199,
      .offset = offsetof(struct calendar_rule, year) },
    { .name = "dc_area_only",
      .type = CONFIG_FIELD_BOOL,
      .offset = offsetof(struct calendar_rule, dc_area_only) },
    { .name = NULL },
};

static const struct config_field closure_fields[] = {
    { .name = "date", .type = CONFIG_FIELD_OTHER, .required = true },
    { .name = "name", .offset = offsetof(struct calendar_rule, name), .required = true },
    { .name = "dc_area_only",
      .type = CONFIG_FIELD_BOOL,
      .offset = offsetof(struct calendar_rule, dc_area_only) },
    { .name = NULL },
};

struct calendar_head {
    char *id;
};

static const struct config_field calendar_fields[] = {
    { .name = "id",
      .offset = offsetof(struct calendar_head, id),
      .required = true,
      .check = config_check_id },
    { .name = "rules", .type = CONFIG_FIELD_OTHER },
    { .name = "closures", .type = CONFIG_FIELD_OTHER },
    { .name = NULL },
};

static void complain(const config_setting_t *s, const char *code, const char *text,
                     const char *says, struct faults *f)
{
    g_autofree char *place = config_reader_place(s);
    faults_add(f, place, code, "\"%s\": %s", text, says);
}

static void read_nth(const config_setting_t *s, struct calendar_rule *r, struct faults *f)
{
    const char *text = config_setting_get_string(s);
    int64_t nth = -1;
    if (text && strcmp(text, "last") != 0)
        complain(s, "bad-value", text, "give 1 to 5 or \"last\"", f);
    else if (text || config_reader_integer(s, 1, 5, "", &nth, f))
        r->nth = (int)nth;
}

static bool is_needed(const char *needs, const char *key)
{
    g_auto(GStrv) words = g_strsplit(needs, " ", -1);
    return g_strv_contains((const char *const *)words, key);
}

static void check_keys_of_kind(const config_setting_t *group, const char *kind, const char *needs,
                               struct faults *f)
{
    static const char *const keys[] = { "month", "day", "nth", "weekday" };
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        bool given = config_setting_get_member(group, keys[i]) != NULL;
        bool needed = is_needed(needs, keys[i]);
        if (given == needed)
            continue;
        g_autofree char *place = config_reader_place(group);
        faults_add(f, place, needed ? "missing" : "conflict", "a rule \"%s\" %s %s", kind,
                   needed ? "needs" : "has no", keys[i]);
    }
}

/* 29 February is a day on which something may be closed. */
static void check_day(const config_setting_t *group, const struct calendar_rule *r,
                      struct faults *f)
{
    if (g_date_valid_dmy((GDateDay)r->day, (GDateMonth)r->month, 2000))
        return;
    g_autofree char *place = config_reader_place(group);
    faults_add(f, place, "bad-value", "month %d has no day %d", r->month, r->day);
}

static struct calendar_rule *read_rule(const config_setting_t *group, struct faults *f)
{
    struct calendar_rule *r = g_new0(struct calendar_rule, 1);
    guint before = f->errors->len;
    config_reader_fields(group, rule_fields, r, f);
    const config_setting_t *s = config_setting_get_member(group, "nth");
    if (s)
        read_nth(s, r, f);
    if ((s = config_setting_get_member(group, "weekday")))
        r->weekday = config_reader_choice(s, weekdays, f) + 1;
    s = config_setting_get_member(group, "rule");
    int kind = s ? config_reader_choice(s, kind_names, f) : -1;
    if (kind < 0)
        return r;
    r->kind = kinds[kind].kind;
    check_keys_of_kind(group, kinds[kind].name, kinds[kind].needs, f);
    if (f->errors->len == before && r->kind == CALENDAR_FIXED)
        check_day(group, r, f);
    return r;
}

static bool parse_date(const char *text, struct calendar_rule *r)
{
    static const char form[] = "dddd-dd-dd";
    for (size_t i = 0; i < sizeof form; i++)
        if (form[i] == 'd' ? !g_ascii_isdigit(text[i]) : text[i] != form[i])
            return false;
    r->year = (int)g_ascii_strtoll(text, NULL, 10);
    r->month = (int)g_ascii_strtoll(text + 5, NULL, 10);
    r->day = (int)g_ascii_strtoll(text + 8, NULL, 10);
    return r->year >= 1970 && r->year <= 2199 &&
           g_date_valid_dmy((GDateDay)r->day, (GDateMonth)r->month, (GDateYear)r->year);
}

static struct calendar_rule *read_closure(const config_setting_t *group, struct faults *f)
{
    struct calendar_rule *r = g_new0(struct calendar_rule, 1);
    r->kind = CALENDAR_CLOSURE;
    config_reader_fields(group, closure_fields, r, f);
    const config_setting_t *s = config_setting_get_member(group, "date");
    const char *text = s ? config_reader_text(s, MAX_TEXT, f) : NULL;
    if (text && !parse_date(text, r))
        complain(s, "bad-value", text, "give a date as YYYY-MM-DD, from 1970 to 2199", f);
    return r;
}

static void read_rules(const config_setting_t *group, const char *key,
                       struct calendar_rule *(*read)(const config_setting_t *, struct faults *),
                       GPtrArray *into, struct faults *f)
{
    const config_setting_t *s = config_setting_get_member(group, key);
    if (!s || !config_reader_list(s, f))
        return;
    for (int i = 0; i < MIN(config_setting_length(s), MAX_RULES); i++) {
        const config_setting_t *element = config_reader_group_at(s, i, f);
        if (element)
            g_ptr_array_add(into, read(element, f));
    }
    if (config_setting_length(s) > MAX_RULES) {
        g_autofree char *place = config_reader_place(s);
        faults_add(f, place, "too-long", "has more than %d elements", MAX_RULES);
    }
}

struct calendar *config_calendar_read(const config_setting_t *group, struct faults *f)
{
    struct calendar_head head = { NULL };
    config_reader_fields(group, calendar_fields, &head, f);
    struct calendar *c = calendar_new(head.id);
    g_free(head.id);
    read_rules(group, "rules", read_rule, c->rules, f);
    read_rules(group, "closures", read_closure, c->rules, f);
    return c;
}

static void read_zone(const config_setting_t *s, struct hours *h, struct faults *f)
{
    const char *text = config_reader_text(s, MAX_TEXT, f);
    if (!text)
        return;
    h->tz = hours_zone_name_is_valid(text) ? hours_zone(text) : NULL;
    if (h->tz)
        h->tz_name = g_strdup(text);
    else
        complain(s, "bad-value", text,
                 "there is no such time zone; give its IANA name: America/Chicago", f);
}

static void read_calendar_name(const config_setting_t *s, const struct directory *d,
                               struct hours *h, struct faults *f)
{
    const char *text = config_reader_text(s, MAX_TEXT, f);
    if (!text || !*text || (h->calendar = directory_calendar(d, text)))
        return;
    g_autoptr(GPtrArray) ids = g_ptr_array_new();
    for (guint i = 0; i < d->calendars->len; i++)
        g_ptr_array_add(ids, ((struct calendar *)g_ptr_array_index(d->calendars, i))->id);
    g_ptr_array_add(ids, NULL);
    const char *close = text_did_you_mean(text, (const char *const *)ids->pdata);
    g_autofree char *says = g_strconcat("there is no such calendar", close ? "; did you mean " : "",
                                        close ? close : "", close ? "?" : "", NULL);
    complain(s, "bad-value", text, says, f);
}

void config_calendar_hours(const config_setting_t *group, const struct directory *d,
                           struct hours *h, struct faults *f)
{
    const config_setting_t *s = config_setting_get_member(group, "tz");
    if (s)
        read_zone(s, h, f);
    s = config_setting_get_member(group, "hours");
    const char *text = s ? config_reader_text(s, MAX_TEXT, f) : NULL;
    const char *why = NULL;
    if (text && !hours_parse(h, text, &why))
        complain(s, "bad-value", text, why, f);
    if ((s = config_setting_get_member(group, "calendar")))
        read_calendar_name(s, d, h, f);
    if (config_setting_get_member(group, "closures")) {
        h->closures = calendar_new("closures");
        read_rules(group, "closures", read_closure, h->closures->rules, f);
    }
}

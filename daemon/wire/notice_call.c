#include "wire/notice_call.h"

#include <string.h>

#include "base/timestamp.h"
#include "wire/json_text.h"
#include "wire/notice_time.h"
#include "wire/phrases.h"

static void call_free(gpointer data)
{
    struct notice_call *c = data;
    g_ptr_array_unref(c->missions);
    g_free(c);
}

static bool same_duty(const struct duty *a, const struct duty *b)
{
    return a->office == b->office && a->desk == b->desk;
}

/* NULL where the directory has nobody at all, which configuration refuses. */
static struct notice_call *call_of(const struct notice *n, const char *office_id, const char *kind)
{
    const struct directory *d = n->directory;
    const struct desk *center = directory_desk(d, DUTY_COMMAND_CENTER);
    struct notice_call *c = g_new0(struct notice_call, 1);
    c->missions = g_ptr_array_new();
    c->office = directory_office(d, office_id);
    if (c->office) {
        c->duty = duty_at(d, c->office, kind, n->now_ms);
        c->has_next = duty_changes(d, c->office, kind, NULL, n->now_ms, &c->next, 1) == 1;
    } else if (center) {
        c->duty = duty_of_desk(d, center, n->now_ms);
    } else {
        call_free(c);
        return NULL;
    }
    return c;
}

/* The call of a duty that is there already, else a new one; NULL: there is nobody to call. */
static struct notice_call *merge_call(GPtrArray *calls, struct notice_call *c)
{
    for (guint k = 0; c && k < calls->len; k++) {
        struct notice_call *other = calls->pdata[k];
        if (other->office == c->office && same_duty(&other->duty, &c->duty)) {
            call_free(c);
            return other;
        }
    }
    if (c)
        g_ptr_array_add(calls, c);
    return c;
}

static struct notice_call *call_for(const struct notice *n, const struct affected_mission *m,
                                    GPtrArray *calls, GHashTable *known)
{
    char *pair = g_strconcat(m->office, "\n", m->kind, NULL);
    struct notice_call *c = g_hash_table_lookup(known, pair);
    if (!c && (c = merge_call(calls, call_of(n, m->office, m->kind))))
        g_hash_table_insert(known, g_steal_pointer(&pair), c);
    g_free(pair);
    return c;
}

/* Who is on duty goes by office and kind: of thousands of missions it is asked for each pair once.
 */
GPtrArray *notice_calls(const struct notice *n)
{
    GPtrArray *calls = g_ptr_array_new_with_free_func(call_free);
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const struct affected_mission *last = NULL; /* most have their neighbour's call */
    struct notice_call *c = NULL;
    for (guint i = 0; i < n->missions->len; i++) {
        const struct affected_mission *m = n->missions->pdata[i];
        if (!last || !g_str_equal(last->office, m->office) || !g_str_equal(last->kind, m->kind))
            c = call_for(n, m, calls, known);
        if (c)
            g_ptr_array_add(c->missions, (gpointer)m);
        last = m;
    }
    if (!calls->len)
        merge_call(calls, call_of(n, "", ""));
    return calls;
}

char *notice_call_uri_number(const char *number)
{
    GString *digits = g_string_new(NULL);
    bool international = number[strspn(number, " ")] == '+';
    for (const char *s = number; *s && *s != '/' && *s != ',' && *s != ';'; s++) {
        if (g_ascii_isdigit(*s))
            g_string_append_c(digits, *s);
    }
    /* Numbers of the North American plan are printed without their country code. */
    if (!international && digits->len == 10)
        g_string_prepend_c(digits, '1');
    if (international || (digits->len == 11 && digits->str[0] == '1'))
        g_string_prepend_c(digits, '+');
    return g_string_free(digits, FALSE);
}

static void append_number(json_t *list, const char *number)
{
    if (!number || !*number)
        return;
    g_autofree char *tel = notice_call_uri_number(number);
    json_array_append_new(
        list, json_pack("{s:o, s:o}", "number", json_line(number), "tel", json_line(tel)));
}

static json_t *numbers_of(const struct contact *c)
{
    json_t *list = json_array();
    append_number(list, c->tel);
    append_number(list, c->tel_alt);
    return list;
}

static char *office_title(const struct office *o, const json_t *phrases)
{
    return phrases_fill(phrases, "office_title", "name", o->name, NULL);
}

static char *duty_title(const struct duty *y, const json_t *phrases)
{
    return y->office ? office_title(y->office, phrases) : g_strdup(y->desk->name);
}

/* What somebody who calls may want to know first: how long this answer holds. */
static char *state_sentence(const struct notice_call *c, const json_t *phrases, const char *change)
{
    if (!c->office || !c->has_next)
        return g_strdup("");
    if (c->duty.office)
        return phrases_fill(phrases, "office_open", "time", change, NULL);
    bool stands_in = g_str_equal(c->duty.desk->id, DUTY_COMMAND_CENTER);
    if (!stands_in)
        return phrases_fill(phrases, "desk_open", "time", change, NULL);
    g_autofree char *office = office_title(c->office, phrases);
    return phrases_fill(phrases, "office_closed", "office", office, NULL);
}

static json_t *next_json(const struct notice_call *c, const json_t *phrases, const char *change)
{
    if (!c->has_next)
        return json_object();
    g_autofree char *after = phrases_fill(phrases, "after", "time", change, NULL);
    g_autofree char *who = duty_title(&c->next.duty, phrases);
    return json_pack("{s:o, s:o, s:o}", "after", json_line(after), "who", json_line(who), "numbers",
                     numbers_of(duty_contact(&c->next.duty)));
}

static json_t *call_json(const struct notice *n, const struct notice_call *c, const json_t *phrases)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    GTimeZone *tz = c->office && c->office->hours.tz ? c->office->hours.tz : utc;
    g_autofree char *change =
        c->has_next ? notice_time_moment(phrases, c->next.at_ms, n->now_ms, tz) : g_strdup("");
    g_autofree char *who = duty_title(&c->duty, phrases);
    g_autofree char *state = state_sentence(c, phrases, change);
    json_t *missions = json_array();
    for (guint i = 0; i < c->missions->len; i++) {
        const struct affected_mission *m = c->missions->pdata[i];
        json_array_append_new(missions, json_line(m->name));
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:i, s:o}", "who", json_line(who), "numbers",
                     numbers_of(duty_contact(&c->duty)), "state", json_line(state), "next",
                     next_json(c, phrases, change), "missions", missions, "count",
                     (int)c->missions->len, "office", json_line(c->office ? c->office->name : ""));
}

json_t *notice_calls_json(const struct notice *n, const json_t *phrases)
{
    g_autoptr(GPtrArray) calls = notice_calls(n);
    json_t *list = json_array();
    for (guint i = 0; i < calls->len; i++)
        json_array_append_new(list, call_json(n, calls->pdata[i], phrases));
    return list;
}

/* The partners of the missions' states and their offices, each once, in the order of the missions.
 */
static GPtrArray *emergency_partners(const struct notice *n)
{
    GPtrArray *partners = g_ptr_array_new();
    for (guint i = 0; i < n->missions->len; i++) {
        const struct affected_mission *m = n->missions->pdata[i];
        const struct partner *p = directory_partner_for(n->directory, m->state);
        bool reachable =
            p && p->tel && *p->tel && g_strcmp0(p->tel, n->directory->emergency_number);
        if (reachable && !g_ptr_array_find(partners, p, NULL))
            g_ptr_array_add(partners, (gpointer)p);
    }
    return partners;
}

static GPtrArray *emergency_offices(const struct notice *n)
{
    GPtrArray *offices = g_ptr_array_new();
    for (guint i = 0; i < n->missions->len; i++) {
        const struct affected_mission *m = n->missions->pdata[i];
        const struct office *o = directory_office(n->directory, m->office);
        if (o && !g_ptr_array_find(offices, o, NULL))
            g_ptr_array_add(offices, (gpointer)o);
    }
    return offices;
}

static json_t *named_number(const char *name, const char *number)
{
    g_autofree char *tel = notice_call_uri_number(number);
    return json_pack("{s:o, s:o, s:o}", "name", json_line(name), "number", json_line(number), "tel",
                     json_line(tel));
}

json_t *notice_emergency_json(const struct notice *n, const json_t *phrases)
{
    g_autoptr(GPtrArray) partners = emergency_partners(n), offices = emergency_offices(n);
    json_t *others = json_array();
    for (guint i = 0; i < partners->len; i++) {
        const struct partner *p = partners->pdata[i];
        json_array_append_new(others, named_number(p->name, p->tel));
    }
    for (guint i = 0; i < offices->len; i++) {
        const struct office *o = offices->pdata[i];
        g_autofree char *title = office_title(o, phrases);
        if (*o->contact.tel)
            json_array_append_new(others, named_number(title, o->contact.tel));
    }
    const char *number = n->directory->emergency_number ? n->directory->emergency_number : "911";
    g_autofree char *tel = notice_call_uri_number(number);
    return json_pack("{s:o, s:o, s:o}", "number", json_line(number), "tel", json_line(tel),
                     "others", others);
}

static const char *duty_plain_name(const struct duty *y)
{
    return y->office ? y->office->name : y->desk->name;
}

json_t *notice_calls_data(const struct notice *n)
{
    g_autoptr(GPtrArray) calls = notice_calls(n);
    json_t *list = json_array();
    for (guint i = 0; i < calls->len; i++) {
        const struct notice_call *c = calls->pdata[i];
        g_autofree char *duty = duty_name(&c->duty);
        json_t *missions = json_array();
        for (guint k = 0; k < c->missions->len; k++) {
            const struct affected_mission *m = c->missions->pdata[k];
            json_array_append_new(missions, json_line(m->id));
        }
        json_t *o = json_pack("{s:o, s:o, s:o, s:o}", "duty", json_line(duty), "name",
                              json_line(duty_plain_name(&c->duty)), "numbers",
                              numbers_of(duty_contact(&c->duty)), "missions", missions);
        if (c->has_next) {
            g_autofree char *until = timestamp_format_utc_s(c->next.at_ms);
            g_autofree char *then = duty_name(&c->next.duty);
            json_object_set_new(o, "until", json_line(until));
            json_object_set_new(o, "then", json_line(then));
        }
        json_array_append_new(list, o);
    }
    return list;
}

json_t *notice_emergency_data(const struct notice *n)
{
    g_autoptr(GPtrArray) partners = emergency_partners(n), offices = emergency_offices(n);
    const char *number = n->directory->emergency_number ? n->directory->emergency_number : "911";
    json_t *list = json_array();
    json_array_append_new(list, named_number("Emergency services", number));
    for (guint i = 0; i < partners->len; i++) {
        const struct partner *p = partners->pdata[i];
        json_array_append_new(list, named_number(p->name, p->tel));
    }
    for (guint i = 0; i < offices->len; i++) {
        const struct office *o = offices->pdata[i];
        if (*o->contact.tel)
            json_array_append_new(list, named_number(o->name, o->contact.tel));
    }
    return list;
}

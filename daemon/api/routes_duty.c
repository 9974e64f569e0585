#include "api/query.h"
#include "api/routes.h"
#include "base/timestamp.h"
#include "model/duty.h"
#include "wire/json_text.h"

#define CHANGES_DEFAULT 10
#define CHANGES_MAX 100

/* What somebody may ask about: an office, a desk, or a mission through its office. */
struct subject {
    const struct directory *directory;
    const struct office *office;
    const struct desk *desk;
    const char *kind; /* of the mission; "" */
};

static bool find(struct api_request *r, struct subject *s)
{
    const char *id = r->match.param;
    const struct mission *m = roster_find(r->service->roster, id);
    *s = (struct subject){ .directory = r->service->config->directory, .kind = "" };
    s->office = directory_office(s->directory, id);
    s->desk = s->office ? NULL : directory_desk(s->directory, id);
    if (s->office || s->desk)
        return true;
    if (!m) {
        api_problem(r, 404, "unknown-subject", "there is no office, desk or mission \"%s\"", id);
        return false;
    }
    s->kind = m->kind;
    s->office = directory_office_of(s->directory, m, NULL, NULL);
    if (!s->office)
        s->desk = directory_desk(s->directory, DUTY_COMMAND_CENTER);
    return true;
}

static json_t *instant(int64_t ms)
{
    g_autofree char *text = timestamp_format_utc_s(ms);
    return json_string(text);
}

static json_t *duty_text(const struct duty *d)
{
    g_autofree char *name = duty_name(d);
    return json_text(name);
}

/* Is whoever is on duty more than the Command Center's stepping in? */
static bool is_open(const struct subject *s, const struct duty *now)
{
    const struct desk *center = directory_desk(s->directory, DUTY_COMMAND_CENTER);
    return now->desk != center || s->desk == center;
}

static json_t *changes_of(const struct subject *s, int64_t at_ms, size_t count)
{
    struct duty_change changes[CHANGES_MAX];
    size_t n = duty_changes(s->directory, s->office, s->kind, s->desk, at_ms, changes, count);
    json_t *out = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(out, json_pack("{s:o, s:o, s:o}", "at", instant(changes[i].at_ms),
                                             "duty", duty_text(&changes[i].duty), "because",
                                             json_text(changes[i].because)));
    return out;
}

void route_duty(struct api_request *r)
{
    struct subject s;
    int64_t at_ms, count;
    if (!api_query_time(r, "at", service_now_ms(r->service), &at_ms) ||
        !api_query_integer(r, "count", 0, CHANGES_MAX, CHANGES_DEFAULT, &count) || !find(r, &s))
        return;
    struct duty now = s.office ? duty_at(s.directory, s.office, s.kind, at_ms)
                               : duty_of_desk(s.directory, s.desk, at_ms);
    api_reply_json(r, 200,
                   json_pack("{s:o, s:o, s:o, s:b, s:o, s:o}", "subject", json_text(r->match.param),
                             "at", instant(at_ms), "duty", duty_text(&now), "open",
                             is_open(&s, &now), "because", json_text(now.because), "changes",
                             changes_of(&s, at_ms, (size_t)count)));
}

void route_duty_list(struct api_request *r)
{
    const struct directory *d = r->service->config->directory;
    const struct roster *roster = r->service->roster;
    json_t *offices = json_array(), *desks = json_array(), *missions = json_array();
    for (guint i = 0; i < d->offices->len; i++)
        json_array_append_new(offices,
                              json_text(((struct office *)g_ptr_array_index(d->offices, i))->id));
    for (guint i = 0; i < d->desks->len; i++)
        json_array_append_new(desks,
                              json_text(((struct desk *)g_ptr_array_index(d->desks, i))->id));
    for (size_t i = 0; i < roster_count(roster); i++)
        json_array_append_new(missions, json_text(roster_at(roster, i)->id));
    api_reply_json(
        r, 200,
        json_pack("{s:o, s:o, s:o}", "offices", offices, "desks", desks, "missions", missions));
}

#include "api/body.h"
#include "api/intake_reply.h"
#include "api/query.h"
#include "api/routes.h"
#include "flow/correction.h"
#include "flow/decision.h"
#include "wire/json_text.h"

#define BODY_MAX (5 * 1024 * 1024) /* an audience may hold polygons */
#define REASON_MAX_BYTES 1024
#define MISSIONS_MAX 1000000

struct wish { /* the body of a decision; all optional */
    char *reason, *audience;
    int64_t missions;
    bool bypass, false_alarm;
};

static void wish_clear(struct wish *w)
{
    g_free(w->reason);
    g_free(w->audience);
}

/* Which members a route takes. */
enum {
    TAKES_REASON = 1,
    TAKES_MISSIONS = 2,
    TAKES_BYPASS = 4,
    TAKES_AUDIENCE = 8,
    TAKES_FALSE_ALARM = 16
};

static bool flag(struct json_reader *reader, const char *name)
{
    const json_t *value = json_reader_member(reader, name, JSON_MAY);
    struct json_place at = json_reader_member_place(reader, name);
    if (value && !json_is_boolean(value))
        json_reader_fault(reader->faults, &at, "wrong-type", "must be true or false");
    return json_is_true(value);
}

static void read_members(struct json_reader *reader, unsigned takes, struct wish *w)
{
    if (takes & TAKES_REASON)
        w->reason = json_reader_line(reader, "reason", JSON_MAY, REASON_MAX_BYTES);
    if (takes & TAKES_MISSIONS)
        json_reader_integer(reader, "missions", JSON_MAY, 0, MISSIONS_MAX, &w->missions);
    if (takes & TAKES_BYPASS)
        w->bypass = flag(reader, "bypass");
    if (takes & TAKES_FALSE_ALARM)
        w->false_alarm = flag(reader, "false_alarm");
    const json_t *audience =
        takes & TAKES_AUDIENCE ? json_reader_member(reader, "audience", JSON_MAY) : NULL;
    char *text = audience ? json_dumps(audience, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    w->audience = g_strdup(text);
    free(text);
}

struct asked {
    struct wish *wish;
    unsigned takes;
};

static void read_asked(struct json_reader *reader, void *asked)
{
    struct asked *a = asked;
    read_members(reader, a->takes, a->wish);
}

/* No body says nothing.  False: answered. */
static bool read_wish(struct api_request *r, unsigned takes, struct wish *w)
{
    struct asked a = { w, takes };
    size_t len;
    api_body(r, &len);
    *w = (struct wish){ .missions = -1 };
    bool good = len == 0 || body_read(r, BODY_MAX, read_asked, &a,
                                      "the decision was not understood; nothing changed");
    if (!good)
        wish_clear(w);
    return good;
}

static void decided(const struct decision_result *d, void *ctx)
{
    struct api_request *r = ctx;
    switch (d->outcome) {
    case DECISION_DONE:
        api_reply_json(r, 200,
                       json_pack("{s:s, s:s, s:i, s:i}", "id", d->row->id, "state",
                                 broadcast_state_names[d->row->state], "missions",
                                 (int)d->row->missions, "notifications",
                                 (int)d->row->notifications));
        break;
    case DECISION_NOT_FOUND:
        api_problem(r, 404, "unknown-broadcast", "there is no broadcast %s", r->match.param);
        break;
    case DECISION_REFUSED:
        api_problem(r, 409, "refused", "%s", d->reason);
        break;
    case DECISION_CHANGED:
        api_problem(r, 409, "changed", "%s", d->reason);
        break;
    case DECISION_INVALID:
        api_problem_faults(r, 422, "invalid", "it cannot go out like this; nothing was sent",
                           d->faults);
        break;
    case DECISION_UNAVAILABLE:
        api_problem_store(r, d->reason);
        break;
    }
}

static bool has_role(struct api_request *r, unsigned role, const char *name)
{
    if (r->roles & role)
        return true;
    api_problem(r, 403, "role-missing", "this needs the role %s", name);
    return false;
}

static void decide(struct api_request *r, enum decision_kind kind, const struct wish *w)
{
    struct decision_request q = { .kind = kind,
                                  .id = r->match.param,
                                  .principal = r->principal,
                                  .reason = w->reason,
                                  .missions = w->missions,
                                  .audience = w->audience };
    decision_submit(r->service, &q, decided, r);
}

void route_broadcast_approve(struct api_request *r)
{
    struct wish w;
    if (!read_wish(r, TAKES_REASON | TAKES_MISSIONS | TAKES_BYPASS, &w))
        return;
    bool may = w.bypass ? has_role(r, ROLE_PUBLISHER, "publisher")
                        : has_role(r, ROLE_APPROVER, "approver");
    if (may)
        decide(r, w.bypass ? DECISION_BYPASS : DECISION_APPROVE, &w);
    wish_clear(&w);
}

void route_broadcast_reject(struct api_request *r)
{
    struct wish w;
    if (!read_wish(r, TAKES_REASON, &w))
        return;
    decide(r, DECISION_REJECT, &w);
    wish_clear(&w);
}

void route_broadcast_release(struct api_request *r)
{
    struct wish w;
    if (!read_wish(r, TAKES_MISSIONS | TAKES_AUDIENCE, &w))
        return;
    decide(r, DECISION_RELEASE, &w);
    wish_clear(&w);
}

/* --- the cancel of a broadcast --- */

static void corrected(const struct correction_result *c, void *ctx)
{
    struct api_request *r = ctx;
    if (!c->found)
        api_problem(r, 404, "unknown-broadcast", "%s",
                    c->reason ? c->reason : "there is no such broadcast");
    else if (c->intake)
        intake_reply(c->intake, r);
    else if (c->json)
        api_reply_text(r, 200, "application/json", g_strdup(c->json));
    else
        api_problem(r, 409, "refused", "%s", c->reason);
}

void route_broadcast_cancel(struct api_request *r)
{
    struct wish w;
    if (!read_wish(r, TAKES_REASON | TAKES_FALSE_ALARM, &w))
        return;
    struct correction_request q = { .id = r->match.param,
                                    .principal = r->principal,
                                    .reason = w.reason,
                                    .false_alarm = w.false_alarm };
    correction_submit(r->service, &q, corrected, r);
    wish_clear(&w);
}

void route_broadcast_cancel_preview(struct api_request *r)
{
    struct correction_request q = { .id = r->match.param,
                                    .principal = r->principal,
                                    .reason = api_query(r, "reason"),
                                    .preview = true };
    if (api_query_boolean(r, "false_alarm", &q.false_alarm))
        correction_submit(r->service, &q, corrected, r);
}

#include "api/body.h"
#include "api/gate.h"
#include "api/matter_view.h"
#include "api/query.h"
#include "api/routes.h"
#include "api/server_state.h"
#include "flow/listing.h"
#include "flow/matter_desk.h"
#include "model/duty.h"
#include "wire/matter_json.h"

#define LIST_DEFAULT 50
#define LIST_MAX 500
#define NOTE_MAX_BYTES 4000

static void answer(const struct matter_result *m, void *ctx, int status)
{
    struct api_request *r = ctx;
    switch (m->outcome) {
    case MATTER_DONE:
        api_reply_json(r, status, view_matter(m->matter));
        break;
    case MATTER_INVALID:
        api_problem_faults(r, 422, "invalid", "nothing was changed", m->faults);
        break;
    case MATTER_NOT_FOUND:
        api_problem(r, 404, "unknown-matter", "there is no matter %s", r->match.param);
        break;
    case MATTER_KNOWN:
        api_reply_json(r, 200, view_matter(m->matter));
        break;
    case MATTER_KEY_REUSED:
        api_problem(r, 422, "key-reused", "%s", m->reason);
        break;
    case MATTER_NOT_ALLOWED:
        api_problem(r, 409, "refused", "%s", m->reason);
        break;
    case MATTER_UNAVAILABLE:
        api_problem_store(r, m->reason);
        break;
    }
}

/* --- open --- */

static void opened(const struct matter_result *m, void *ctx)
{
    struct api_request *r = ctx;
    if (m->outcome == MATTER_DONE) {
        g_autofree char *location = g_strdup_printf("/v1/matters/%" G_GINT64_FORMAT, m->matter->no);
        api_header_set(r, "Location", location);
    }
    answer(m, ctx, 201);
}

/* False: answered. */
static bool may_open(struct api_request *r)
{
    int64_t wait_ms = 0;
    if (r->mission && r->server)
        wait_ms = gate_matter(r->server->gate, r->mission,
                              r->service->clock->monotonic_ms(r->service->clock));
    if (wait_ms > 0)
        api_too_many(r, wait_ms,
                     "too many matters of this mission; what cannot wait goes by telephone");
    return wait_ms == 0;
}

void route_matter_open(struct api_request *r)
{
    struct matter_opening q = { .principal = r->principal, .scope = r->mission };
    if (!may_open(r))
        return;
    q.body = api_body(r, &q.len);
    if (api_idempotency_key(r, &q.idempotency_key))
        matter_desk_open(r->service, &q, opened, r);
}

/* --- look --- */

static bool read_number(struct api_request *r, int64_t *no)
{
    gint64 value;
    bool good = g_ascii_string_to_signed(r->match.param, 10, 1, INT64_MAX, &value, NULL);
    *no = good ? value : 0;
    if (!good)
        api_problem(r, 404, "unknown-matter", "there is no matter %s", r->match.param);
    return good;
}

static void shown(const struct matter_result *m, void *ctx)
{
    struct api_request *r = ctx;
    if (m->outcome != MATTER_DONE) {
        answer(m, ctx, 200);
        return;
    }
    json_t *o = view_matter(m->matter);
    json_object_set_new(o, "history", view_matter_events(m->events, r->mission != NULL));
    api_reply_json(r, 200, o);
}

void route_matter_show(struct api_request *r)
{
    int64_t no;
    if (read_number(r, &no))
        matter_desk_show(r->service, no, r->mission, shown, r);
}

static void listed(const GPtrArray *matters, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    guint limit = GPOINTER_TO_UINT(r->state); /* one more was asked for */
    if (error) {
        api_problem_store(r, error);
        return;
    }
    json_t *list = json_array(), *next = json_null();
    for (guint i = 0; i < MIN(matters->len, limit); i++)
        json_array_append_new(list, view_matter(g_ptr_array_index(matters, i)));
    if (matters->len > limit) {
        const struct matter *last = g_ptr_array_index(matters, limit - 1);
        g_autofree char *cursor = g_strdup_printf("%" G_GINT64_FORMAT, last->no);
        json_decref(next);
        next = json_string(cursor);
    }
    api_reply_json(r, 200, json_pack("{s:o, s:o}", "matters", list, "next", next));
}

/* The bit of a name, 0: not given. */
static unsigned bit_of(const struct api_request *r, const char *name, const char *const *names)
{
    const char *text = api_query(r, name);
    return text ? 1u << broadcast_name_index(names, text) : 0;
}

void route_matter_list(struct api_request *r)
{
    int64_t limit, before;
    if (!api_query_integer(r, "limit", 1, LIST_MAX, LIST_DEFAULT, &limit) ||
        !api_query_integer(r, "cursor", 1, INT64_MAX, 0, &before) ||
        !api_query_one_of(r, "kind", matter_kind_names) ||
        !api_query_one_of(r, "state", matter_state_names))
        return;
    struct matter_filter f = { .kinds = bit_of(r, "kind", matter_kind_names),
                               .states = bit_of(r, "state", matter_state_names),
                               .mission = r->mission ? r->mission : api_query(r, "mission"),
                               .owner = api_query(r, "owner"),
                               .before_no = before };
    r->state = GUINT_TO_POINTER((guint)limit);
    listing_matters(r->service, &f, (unsigned)limit + 1, listed, r);
}

/* --- decide --- */

static void decided(const struct matter_result *m, void *ctx)
{
    answer(m, ctx, 200);
}

struct decision {
    struct matter_decision q;
    char *note;
};

static void read_decision(struct json_reader *reader, void *decision)
{
    struct decision *d = decision;
    int action = json_reader_enum(reader, "action", JSON_MUST, matter_action_names);
    d->q.action = action < 0 ? MATTER_NOTE : (enum matter_action)action;
    d->note = json_reader_text(reader, "note", JSON_MAY, NOTE_MAX_BYTES);
    json_reader_boolean(reader, "unproved", JSON_MAY, &d->q.unproved);
}

void route_matter_decide(struct api_request *r)
{
    struct decision d = { .q.principal = r->principal };
    if (!read_number(r, &d.q.no))
        return;
    if (body_read(r, MATTER_JSON_MAX_BYTES, read_decision, &d,
                  "the decision was not understood; nothing changed")) {
        d.q.note = d.note;
        matter_desk_decide(r->service, &d.q, decided, r);
    }
    g_free(d.note);
}

/* --- a draft broadcast --- */

static void drafted(const struct matter_result *m, void *ctx)
{
    struct api_request *r = ctx;
    if (m->outcome != MATTER_DONE) {
        answer(m, ctx, 200);
        return;
    }
    const struct config *c = r->service->config;
    const struct mission *at = roster_find(r->service->roster, m->matter->mission);
    if (m->matter->kind != MATTER_SECURITY_INFORMATION || !at) {
        api_problem(r, 409, "refused", "a draft is made of security information; number %s is %s",
                    r->match.param,
                    at ? matter_kind_names[m->matter->kind] : "of a mission that is gone");
        return;
    }
    g_autofree char *city = g_strdup_printf("%s, %s", at->city, at->state);
    api_reply_text(
        r, 200, "application/json",
        matter_json_draft(m->matter, c->mail.from_address, city, service_now_ms(r->service)));
}

void route_matter_draft(struct api_request *r)
{
    int64_t no;
    if (read_number(r, &no))
        matter_desk_show(r->service, no, NULL, drafted, r);
}

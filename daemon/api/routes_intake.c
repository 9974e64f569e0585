#include "api/broadcast_view.h"
#include "api/intake_reply.h"
#include "api/media.h"
#include "api/query.h"
#include "api/routes.h"
#include "api/server_state.h"
#include "base/timestamp.h"
#include "flow/outlook.h"
#include "wire/broadcast_json.h"
#include "wire/json_text.h"
#include <string.h>

#define EXPECT_MAX 1000000

static bool fits(struct api_request *r, size_t len)
{
    if (len <= BROADCAST_JSON_MAX_BYTES)
        return true;
    api_problem(r, 413, "too-large", "a broadcast has at most %d bytes", BROADCAST_JSON_MAX_BYTES);
    return false;
}

/* --- send --- */

static json_t *view_warnings(const struct faults *f)
{
    json_t *out = json_array();
    for (guint i = 0; i < f->warnings->len; i++)
        json_array_append_new(
            out, json_text(((struct fault *)g_ptr_array_index(f->warnings, i))->detail));
    return out;
}

static void reply_row(struct api_request *r, const struct intake_result *i)
{
    const struct broadcast_row *row = i->row;
    g_autofree char *location = g_strconcat("/v1/broadcasts/", row->id, NULL);
    bool known = i->kind == INTAKE_KNOWN;
    json_t *warnings = known ? json_array() : view_warnings(i->faults);
    json_t *body = json_pack(
        "{s:o, s:o, s:s, s:s, s:i, s:i, s:i, s:o, s:o}", "id", json_text(row->id), "identifier",
        json_text(row->identifier), "type", broadcast_type_names[row->type], "state",
        broadcast_state_names[row->state], "missions", (int)row->missions, "representatives",
        (int)row->representatives, "notifications", (int)row->notifications, "deadline",
        view_time(row->deadline_ms), "warnings", warnings);
    view_waiting(body, row);
    if (i->held_until_ms)
        json_object_set_new(body, "held_until", view_time(i->held_until_ms));
    if (known)
        json_object_set_new(body, "known", json_true());
    api_header_set(r, "Location", location);
    api_reply_json(r, known ? 200 : 201, body);
}

void intake_reply(const struct intake_result *i, void *ctx)
{
    struct api_request *r = ctx;
    api_server_note_intake(r->server, i);
    switch (i->kind) {
    case INTAKE_ACCEPTED:
    case INTAKE_KNOWN:
        reply_row(r, i);
        break;
    case INTAKE_CONFLICT:
        api_problem(r, 409, "conflict",
                    "broadcast %s has this identifier, sender and sent, but other content",
                    i->row->id);
        break;
    case INTAKE_INVALID:
        api_problem_faults(r, 422, "invalid", "the broadcast was not accepted; nothing was sent",
                           i->faults);
        break;
    case INTAKE_KEY_REUSED:
        api_problem(r, 422, "key-reused", "%s", i->reason);
        break;
    case INTAKE_EXPECTATION:
        api_problem(r, 409, "expectation", "%s", i->reason);
        break;
    case INTAKE_FORBIDDEN:
        api_problem(r, 403, "foreign-correction", "%s", i->reason);
        break;
    case INTAKE_UNAVAILABLE:
        api_problem_store(r, i->reason);
        break;
    }
}

void route_broadcast_send(struct api_request *r)
{
    struct intake_request q = { .type = media_of_broadcast(api_header(r, "Content-Type")),
                                .principal = r->principal,
                                .expect_missions = -1 };
    q.body = api_body(r, &q.len);
    if (!fits(r, q.len) ||
        !api_query_integer(r, "expect_missions", 0, EXPECT_MAX, -1, &q.expect_missions) ||
        !api_idempotency_key(r, &q.idempotency_key))
        return;
    intake_submit(r->service, &q, intake_reply, r);
}

/* --- preview --- */

/* Of what has no missions of its own yet, or ever: held, or recorded and sent nowhere. */
static json_t *view_nobody(const struct preview *p, int64_t at_ms, const struct faults *f)
{
    g_autofree char *as_of = timestamp_format_utc_s(at_ms);
    json_t *o =
        json_pack("{s:s, s:[], s:i, s:[], s:i, s:{}, s:o}", "as_of", as_of, "missions", "left_out",
                  0, "offices", "notifications", 0, "languages", "warnings", view_warnings(f));
    if (p->hold)
        json_object_set_new(o, "hold", json_text(p->hold));
    return o;
}

static void show_preview(const struct preview *p, const struct faults *f, const char *unavailable,
                         void *ctx)
{
    struct api_request *r = ctx;
    if (unavailable)
        api_problem_store(r, unavailable);
    else if (faults_any(f) || !p)
        api_problem_faults(r, 422, "invalid", "the broadcast would not be accepted", f);
    else if (!p->plan)
        api_reply_json(r, 200, view_nobody(p, p->at_ms, f));
    else
        api_reply_text(r, 200, "application/json", preview_json(p, f));
}

void route_preview(struct api_request *r)
{
    size_t len;
    const char *body = api_body(r, &len), *type = media_of_broadcast(api_header(r, "Content-Type"));
    int64_t at_ms;
    if (!fits(r, len) || !api_query_time(r, "at", service_now_ms(r->service), &at_ms))
        return;
    struct faults *f = faults_new();
    struct preview *p = preview_make(r->service, type, body, len, at_ms, false, f);
    outlook_make(r->service, p, f, show_preview, r);
}

static void show_waiting(const struct preview *p, const struct faults *f, const char *unavailable,
                         void *ctx)
{
    struct api_request *r = ctx;
    if (!p && !unavailable && !faults_any(f))
        api_problem(r, 404, "not-waiting", "no broadcast %s waits for a person", r->match.param);
    else
        show_preview(p, f, unavailable, r);
}

void route_broadcast_preview(struct api_request *r)
{
    outlook_stored(r->service, r->match.param, show_waiting, r);
}

#include "api/broadcast_view.h"
#include "api/routes.h"
#include "api/server_state.h"
#include "flow/intake.h"
#include "flow/lookup.h"
#include "flow/preview.h"
#include "wire/broadcast_json.h"
#include "wire/json_text.h"
#include <string.h>

#define LIST_DEFAULT 50
#define LIST_MAX 500
#define KEY_MAX 255 /* bytes of an Idempotency-Key */

static bool fits(struct api_request *r, size_t len)
{
    if (len <= BROADCAST_JSON_MAX_BYTES)
        return true;
    api_problem(r, 413, "too-large", "a broadcast has at most %d bytes", BROADCAST_JSON_MAX_BYTES);
    return false;
}

/* --- send --- */

static void reply_row(struct api_request *r, const struct intake_result *i)
{
    const struct broadcast_row *row = i->row;
    g_autofree char *location = g_strconcat("/v1/broadcasts/", row->id, NULL);
    bool known = i->kind == INTAKE_KNOWN;
    json_t *warnings = json_array();
    for (guint k = 0; !known && k < i->faults->warnings->len; k++)
        json_array_append_new(
            warnings,
            json_text(((struct fault *)g_ptr_array_index(i->faults->warnings, k))->detail));
    json_t *body = json_pack(
        "{s:o, s:o, s:s, s:i, s:i, s:i, s:o, s:o}", "id", json_text(row->id), "identifier",
        json_text(row->identifier), "state", broadcast_state_names[row->state], "missions",
        (int)row->missions, "representatives", (int)row->representatives, "notifications",
        (int)row->notifications, "deadline", view_time(row->deadline_ms), "warnings", warnings);
    if (known)
        json_object_set_new(body, "known", json_true());
    api_header_set(r, "Location", location);
    api_reply_json(r, known ? 200 : 201, body);
}

static void taken_in(const struct intake_result *i, void *ctx)
{
    struct api_request *r = ctx;
    api_server_note_intake(r->server, i->kind);
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
    case INTAKE_UNAVAILABLE:
        api_problem_store(r, i->reason);
        break;
    }
}

void route_broadcast_send(struct api_request *r)
{
    struct intake_request q = { .principal = r->principal, .expect_missions = -1 };
    q.idempotency_key = api_header(r, "Idempotency-Key");
    q.body = api_body(r, &q.len);
    if (!fits(r, q.len))
        return;
    if (q.idempotency_key && (*q.idempotency_key == '\0' || strlen(q.idempotency_key) > KEY_MAX)) {
        api_problem(r, 400, "bad-key", "an Idempotency-Key has 1 to %d bytes", KEY_MAX);
        return;
    }
    intake_submit(r->service, &q, taken_in, r);
}

/* --- preview --- */

void route_preview(struct api_request *r)
{
    size_t len;
    const char *body = api_body(r, &len);
    int64_t at_ms;
    if (!fits(r, len) || !api_query_time(r, "at", service_now_ms(r->service), &at_ms))
        return;
    struct faults *f = faults_new();
    struct preview *p = preview_make(r->service, body, len, at_ms, false, f);
    if (faults_any(f) || !p || !p->plan)
        api_problem_faults(r, 422, "invalid", "the broadcast would not be accepted", f);
    else
        api_reply_text(r, 200, "application/json", preview_json(p, f));
    preview_free(p);
    faults_free(f);
}

/* --- list --- */

static void listed(const GPtrArray *rows, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    if (error) {
        api_problem_store(r, error);
        return;
    }
    guint limit =
        GPOINTER_TO_UINT(r->state); /* one more was asked for, to know whether there is more */
    json_t *list = json_array(), *next = json_null();
    for (guint i = 0; i < MIN(rows->len, limit); i++)
        json_array_append_new(list, view_broadcast(g_ptr_array_index(rows, i)));
    if (rows->len > limit) {
        const struct broadcast_row *last = g_ptr_array_index(rows, limit - 1);
        g_autofree char *cursor = g_strdup_printf("%" G_GINT64_FORMAT, last->no);
        json_decref(next);
        next = json_string(cursor);
    }
    api_reply_json(r, 200, json_pack("{s:o, s:o}", "broadcasts", list, "next", next));
}

void route_broadcast_list(struct api_request *r)
{
    int64_t limit, before;
    if (!api_query_integer(r, "limit", 1, LIST_MAX, LIST_DEFAULT, &limit) ||
        !api_query_integer(r, "cursor", 1, INT64_MAX, 0, &before))
        return;
    r->state = GUINT_TO_POINTER((guint)limit);
    lookup_broadcasts(r->service, before, (unsigned)limit + 1, listed, r);
}

/* --- one broadcast --- */

static bool found(struct api_request *r, bool is_there, const char *error)
{
    if (error)
        api_problem_store(r, error);
    else if (!is_there)
        api_problem(r, 404, "unknown-broadcast", "there is no broadcast %s", r->match.param);
    return !error && is_there;
}

static void shown(const struct lookup_broadcast *b, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    if (found(r, b->row != NULL, error))
        api_reply_json(r, 200, view_status(b));
}

void route_broadcast_show(struct api_request *r)
{
    lookup_broadcast(r->service, r->match.param, 0, NULL, shown, r);
}

static void explained(const struct lookup_broadcast *b, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    if (!found(r, b->row != NULL, error))
        return;
    if (api_query(r, "mission") && b->missions->len == 0)
        api_problem(r, 404, "unknown-mission", "broadcast %s does not concern the mission %s",
                    r->match.param, api_query(r, "mission"));
    else
        api_reply_json(r, 200, view_explain(b));
}

void route_broadcast_explain(struct api_request *r)
{
    lookup_broadcast(r->service, r->match.param, LOOKUP_EXPLAIN, api_query(r, "mission"), explained,
                     r);
}

static void retried(bool is_there, unsigned count, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    if (found(r, is_there, error))
        api_reply_json(r, 200, json_pack("{s:i}", "retried", (int)count));
}

void route_broadcast_retry(struct api_request *r)
{
    lookup_retry(r->service, r->match.param, r->principal, retried, r);
}

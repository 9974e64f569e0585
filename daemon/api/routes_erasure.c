#include "api/routes.h"
#include "flow/retention.h"
#include "wire/json_reader.h"

#define BODY_MAX 65536
#define ENDPOINT_MAX 2048

struct wish {
    char *endpoint, *reason;
};

static void wish_clear(struct wish *w)
{
    g_free(w->endpoint);
    g_free(w->reason);
}

static void read_members(const json_t *body, struct wish *w, struct faults *f)
{
    struct json_reader reader;
    if (!json_reader_open(&reader, body, NULL, f))
        return;
    w->endpoint = json_reader_line(&reader, "endpoint", JSON_MUST, ENDPOINT_MAX);
    w->reason = json_reader_text(&reader, "reason", JSON_MUST, RETENTION_MAX_REASON);
    if (w->endpoint && !g_str_has_prefix(w->endpoint, "mailto:") &&
        !g_str_has_prefix(w->endpoint, "https://") && !g_str_has_prefix(w->endpoint, "http://"))
        faults_add(f, "/endpoint", "bad-endpoint", "write mailto:ADDRESS, or the URL of a webhook");
    json_reader_close(&reader);
}

/* False: answered. */
static bool read_wish(struct api_request *r, struct wish *w)
{
    size_t len;
    const char *text = api_body(r, &len);
    struct faults *f = faults_new();
    json_t *body = json_reader_parse(text, len, BODY_MAX, f);
    *w = (struct wish){ 0 };
    if (body)
        read_members(body, w, f);
    json_decref(body);
    bool good = !faults_any(f);
    if (!good) {
        api_problem_faults(r, 422, "invalid", "it was not understood; nothing was erased", f);
        wish_clear(w);
    }
    faults_free(f);
    return good;
}

static void erased(const struct erasure_result *x, void *ctx)
{
    struct api_request *r = ctx;
    switch (x->outcome) {
    case ERASURE_DONE:
        api_reply_json(r, 200,
                       json_pack("{s:i, s:i, s:i, s:i}", "broadcasts", (int)x->broadcasts,
                                 "records", (int)x->records, "open", (int)x->open, "old_records",
                                 (int)x->old));
        return;
    case ERASURE_IN_ROSTER:
        api_problem(r, 409, "in-roster",
                    "the roster still has this endpoint, and would be written to again: take it "
                    "out of the roster first");
        return;
    case ERASURE_UNAVAILABLE:
        break;
    }
    api_problem_store(r, x->reason);
}

void route_erase(struct api_request *r)
{
    struct wish w;
    if (!read_wish(r, &w))
        return;
    retention_erase_person(r->service, w.endpoint, w.reason, r->principal, erased, r);
    wish_clear(&w);
}

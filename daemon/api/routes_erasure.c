#include "api/body.h"
#include "api/routes.h"
#include "flow/retention.h"

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

static void read_members(struct json_reader *reader, void *wish)
{
    struct wish *w = wish;
    w->endpoint = json_reader_line(reader, "endpoint", JSON_MUST, ENDPOINT_MAX);
    w->reason = json_reader_text(reader, "reason", JSON_MUST, RETENTION_MAX_REASON);
    if (w->endpoint && !g_str_has_prefix(w->endpoint, "mailto:") &&
        !g_str_has_prefix(w->endpoint, "https://") && !g_str_has_prefix(w->endpoint, "http://"))
        faults_add(reader->faults, "/endpoint", "bad-endpoint",
                   "write mailto:ADDRESS, or the URL of a webhook");
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
    struct wish w = { 0 };
    if (body_read(r, BODY_MAX, read_members, &w, "it was not understood; nothing was erased"))
        retention_erase_person(r->service, w.endpoint, w.reason, r->principal, erased, r);
    wish_clear(&w);
}

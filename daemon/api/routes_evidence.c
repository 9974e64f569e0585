#include "api/routes.h"
#include "flow/evidence.h"

#include <string.h>

static void made(enum evidence_end end, const char *text, size_t len, const char *why, void *ctx)
{
    struct api_request *r = ctx;
    switch (end) {
    case EVIDENCE_MADE:
        api_reply(r, 200, "application/json", text, len);
        return;
    case EVIDENCE_UNKNOWN:
        api_problem(r, 404, "unknown-broadcast", "there is no broadcast %s", r->match.param);
        return;
    case EVIDENCE_UNSIGNED:
        api_problem(r, 409, "unsigned",
                    "journal.key_file is empty: without a signature nothing is proved");
        return;
    case EVIDENCE_UNBOUND:
        api_problem(r, 409, "unbound",
                    "no record of the journal holds the digest of its text: it is an alarm of the "
                    "daemon's own, or was accepted by an earlier version");
        return;
    case EVIDENCE_FAILED:
        break;
    }
    api_problem_store(r, why);
}

void route_broadcast_evidence(struct api_request *r)
{
    evidence_make(r->service, r->match.param, made, r);
}

#include "api/guess.h"

#include "api/gate.h"
#include "api/server_state.h"

static int64_t now_of(const struct api_request *r)
{
    return r->service->clock->monotonic_ms(r->service->clock);
}

int64_t guess_try(const struct api_request *r, const char *link)
{
    return gate_try(r->server->gate, r->network, link, now_of(r));
}

void guess_wrong(const struct api_request *r)
{
    if (r->server)
        gate_wrong(r->server->gate, r->network, now_of(r));
}

void guess_untried(const struct api_request *r, const char *link)
{
    if (r->server)
        gate_untried(r->server->gate, link);
}

void guess_right(const struct api_request *r, const char *link)
{
    if (r->server)
        gate_right(r->server->gate, link);
}

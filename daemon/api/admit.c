#include "api/admit.h"

#include "api/auth.h"
#include "api/caller.h"
#include "api/gate.h"
#include "api/http_conn.h"
#include "api/media.h"
#include "api/page_reply.h"
#include "api/server_state.h"
#include "base/digest.h"
#include "base/log.h"
#include "flow/tokens.h"
#include <string.h>

static int64_t now_of(const struct api_request *r)
{
    return r->service->clock->monotonic_ms(r->service->clock);
}

/* A proxy's word for the caller is taken only where the pages are. */
static void find_caller(struct api_request *r)
{
    struct sockaddr_storage peer = { 0 };
    socklen_t len = sizeof peer;
    getpeername(http_conn_fd(r->conn), (struct sockaddr *)&peer, &len);
    r->from = caller_address((struct sockaddr *)&peer,
                             r->page ? api_header_last(r, "X-Forwarded-For") : NULL,
                             r->service->config->acknowledge.forwarded_from);
    r->network = caller_network(r->from);
}

bool admit_stranger(struct api_request *r)
{
    find_caller(r);
    int64_t wait_ms = gate_enter(r->server->gate, r->network, now_of(r));
    if (wait_ms > 0)
        page_reply_too_many(r, wait_ms);
    return wait_ms == 0;
}

static void run(struct api_request *r)
{
    const struct route *route = r->match.route;
    if (!(route->flags & (ROUTE_OPEN | ROUTE_PAGE)) && !auth_has(r->roles, route->roles) &&
        !((route->flags & ROUTE_OPEN_LOCAL) && g_str_has_prefix(r->principal, "unix:"))) {
        log_event(LOG_LEVEL_WARN, "api.forbidden", LOG_STR("by", r->principal),
                  LOG_STR("operation", route->operation));
        api_problem(r, 403, "forbidden", "this needs the role %s, which %s does not have",
                    auth_role_name(route->roles), r->principal);
        return;
    }
    size_t len;
    const char *body = api_body(r, &len);
    const char *media = media_wanted(route->flags, api_header(r, "Content-Type"), len > 0);
    if (!body)
        api_problem_store(r, "there is no memory for the body of the request");
    else if (media)
        api_problem(r, 415, "media-type", "send the body as Content-Type: %s", media);
    else
        route->handler(r);
}

static void run_as(struct api_request *r, char *principal /* taken */, unsigned roles)
{
    g_free(r->principal);
    r->principal = principal;
    r->roles = roles;
    run(r);
}

/* --- tokens --- */

struct asked {
    struct api_request *request;
    char *digest; /* of the token; owned */
};

static void unauthorized(struct api_request *r, const char *detail)
{
    api_header_set(r, "WWW-Authenticate", "Bearer realm=\"liaisond\"");
    api_problem(r, 401, "unauthorized", "%s", detail);
}

static void answer(struct api_request *r, const struct token_row *row, const char *error,
                   const char *digest)
{
    struct gate *gate = r->server ? r->server->gate : NULL;
    if (error) {
        api_problem_store(r, error);
    } else if (!row) {
        if (gate)
            gate_token_wrong(gate, r->network, now_of(r));
        log_event(LOG_LEVEL_WARN, "api.bad_token", LOG_STR("from", r->from),
                  LOG_STR("operation", r->match.route->operation));
        unauthorized(r, "the token is unknown or revoked");
    } else {
        if (gate)
            gate_token_right(gate, digest, now_of(r));
        r->mission = *row->mission ? g_strdup(row->mission) : NULL;
        run_as(r, g_strconcat("token:", row->id, NULL), row->roles);
    }
}

static void token_checked(const struct token_row *row, const char *error, void *ctx)
{
    struct asked *a = ctx;
    if (a->request->http)
        answer(a->request, row, error, a->digest);
    else
        api_request_free(a->request);
    g_free(a->digest);
    g_free(a);
}

static void ask(struct api_request *r, const char *token)
{
    g_autofree char *digest = digest_sha256_hex(token, strlen(token));
    int64_t wait_ms = gate_token_wait(r->server->gate, r->network, digest, now_of(r));
    if (wait_ms > 0) {
        api_too_many(r, wait_ms, "too many tokens that are unknown or revoked");
        return;
    }
    struct asked *a = g_new(struct asked, 1);
    *a = (struct asked){ r, g_steal_pointer(&digest) };
    tokens_check(r->service, token, token_checked, a);
}

/* --- */

static const struct peer *peer_for(struct http_conn *c)
{
    if (!http_conn_peer(c)) {
        struct peer *p = peer_of(http_conn_fd(c));
        p->names = http_conn_client_names(c);
        http_conn_set_peer(c, p, (GDestroyNotify)peer_free);
    }
    return http_conn_peer(c);
}

static void admit_operator(struct api_request *r)
{
    const struct peer *p = peer_for(r->conn);
    const struct config *c = r->service->config;
    char *certified = NULL;
    unsigned roles = p->local ? 0 : auth_certificate_roles(p, c, &certified);
    const char *token = auth_bearer(api_header(r, "Authorization"));
    find_caller(r);
    if (p->local) {
        g_free(r->from);
        r->from = g_strdup_printf("uid %u, pid %d", p->uid, (int)p->pid);
        run_as(r, g_strdup(p->principal), auth_local_roles(p, c));
    } else if (certified)
        run_as(r, certified, roles);
    else if (r->match.route->flags & ROUTE_OPEN)
        run(r);
    else if (token)
        ask(r, token);
    else if (p->names)
        unauthorized(r, "no grant names this certificate, and there is no token beside it: add it "
                        "to api.grants, or send Authorization: Bearer lsd_…");
    else
        unauthorized(r, "send a token: Authorization: Bearer lsd_…");
}

void admit(struct api_request *r)
{
    if (r->page)
        run(r);
    else
        admit_operator(r);
}

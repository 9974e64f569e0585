#include "api/scribe.h"

#include "api/rate.h"
#include "flow/audit.h"
#include <event2/http.h>
#include <string.h>

#define CALLERS_MAX 4096

struct scribe {
    struct service *service;
    struct rate *refused; /* by principal */
    unsigned unwritten;   /* refusals since the last record */
};

struct scribe *scribe_new(struct service *s)
{
    static const struct rate_rule rule = { SCRIBE_REFUSED_BURST, SCRIBE_REFUSED_EVERY_MS };
    struct scribe *w = g_new0(struct scribe, 1);
    w->service = s;
    w->refused = rate_new(&rule, CALLERS_MAX);
    return w;
}

void scribe_free(struct scribe *w)
{
    rate_free(w->refused);
    g_free(w);
}

bool scribe_wants(const struct route *r)
{
    bool changes = !g_str_equal(r->method, "GET") && !g_str_equal(r->method, "HEAD");
    return (r->flags & ROUTE_SECRET) || (changes && !(r->flags & (ROUTE_PAGE | ROUTE_LOOKS)));
}

static const char *means_of(const char *principal)
{
    if (g_str_has_prefix(principal, "unix:"))
        return "socket";
    if (g_str_has_prefix(principal, "token:"))
        return "token";
    return g_str_has_prefix(principal, "certificate:") ? "certificate" : "none";
}

/* What was asked for as it was understood, and what came of it, if that has a place of its own. */
static char *target_of(const struct api_request *r)
{
    const struct route *route = r->match.route;
    const char *open = strchr(route->path, '{'), *close = open ? strchr(open, '}') : NULL;
    GString *t = g_string_new(route->method);
    g_string_append_c(t, ' ');
    g_string_append_len(t, route->path, open ? open - route->path : (gssize)strlen(route->path));
    if (close)
        g_string_append_printf(t, "%s%s", r->match.param ? r->match.param : "", close + 1);
    for (size_t i = 0; route->query[i]; i++)
        if (r->match.query[i])
            g_string_append_printf(t, "%c%s=%s", strchr(t->str, '?') ? '&' : '?', route->query[i],
                                   r->match.query[i]);
    const char *place =
        r->http ? evhttp_find_header(evhttp_request_get_output_headers(r->http), "Location") : NULL;
    if (place)
        g_string_append_printf(t, " is %s", place);
    return g_string_free(t, FALSE);
}

/* Is there room for this refusal? */
static bool may_write(struct scribe *w, const struct api_request *r)
{
    int64_t now_ms = w->service->clock->monotonic_ms(w->service->clock);
    if (rate_wait_ms(w->refused, r->principal, now_ms) > 0) {
        w->unwritten++;
        return false;
    }
    rate_spend(w->refused, r->principal, now_ms);
    return true;
}

struct waiting {
    struct api_request *request;
    void (*done)(struct api_request *r);
};

static void written(void *ctx)
{
    struct waiting *wait = ctx;
    wait->done(wait->request);
    g_free(wait);
}

void scribe_write(struct scribe *w, struct api_request *r, int status,
                  void (*done)(struct api_request *r))
{
    if (w && status >= 400 && status < 500 && !may_write(w, r)) {
        done(r);
        return;
    }
    g_autofree char *target = target_of(r);
    g_autofree char *end = w && w->unwritten
                               ? g_strdup_printf("%d unwritten=%u", status, w->unwritten)
                               : g_strdup_printf("%d", status);
    struct audit_act act = { .operation = r->match.route->operation,
                             .by = r->principal,
                             .from = r->from ? r->from : "",
                             .on = target,
                             .means = means_of(r->principal),
                             .end = end };
    if (w)
        w->unwritten = 0;
    struct waiting *wait = g_new(struct waiting, 1);
    *wait = (struct waiting){ r, done };
    audit_write(r->service, &act, written, wait);
}

/*
 * router - from a method and a target to a route, its parameter and its query, or why not.
 *
 * Pure: a table in, an answer out; no HTTP library.  A path pattern has at most one {parameter},
 * which is one segment.  Query parameters are those the route names, each at most once;
 * percent-encoding must be whole and give UTF-8 without controls.
 */
#pragma once
#include <glib.h>
#include <stddef.h>

#define ROUTE_MAX_QUERY 10
#define ROUTE_VALUE_MAX 2048 /* bytes of a decoded parameter */

struct api_request;

enum route_flag {
    ROUTE_OPEN = 1,       /* no credentials asked */
    ROUTE_OPEN_LOCAL = 2, /* none over the UNIX socket */
    ROUTE_MUST_JSON = 4,  /* the body is application/json */
    ROUTE_MAY_JSON = 8,   /* so it is where there is one */
    ROUTE_BROADCAST = 16, /* the body is a broadcast: JSON or CAP */
    ROUTE_FORM = 32,      /* it is a posted form */
    ROUTE_PAGE = 64,      /* for strangers: answered where the public pages are and nowhere else */
    ROUTE_STREAM = 128,   /* an answer without end: not for HEAD, which is GET elsewhere */
    ROUTE_LOOKS = 256,    /* changes nothing, although it is no GET */
    ROUTE_SECRET = 512    /* shows a secret: who looks is written down */
};

struct route {
    const char *method, *path, *operation; /* operationId in openapi.json */
    unsigned roles;                        /* one of these bits is needed */
    unsigned flags;
    const char *query[ROUTE_MAX_QUERY + 1]; /* names, NULL-terminated */
    void (*handler)(struct api_request *r); /* answers exactly once, now or later */
};

enum route_verdict {
    ROUTE_FOUND,
    ROUTE_NO_PATH,   /* 404 */
    ROUTE_NO_METHOD, /* 405: allow says which there are */
    ROUTE_BAD        /* 400: place and why */
};

struct route_match {
    const struct route *route;
    char *param;                  /* "" without; owned */
    char *query[ROUTE_MAX_QUERY]; /* by place in route->query; NULL: not given; owned */
    char *allow, *place, *why;    /* owned */
};

/* Among the routes whose ROUTE_PAGE is that of kind.  path and query as they came, still encoded;
 * query may be NULL.  A page's is passed over: mail programs and scanners add to links. */
enum route_verdict router_resolve(const struct route *table, size_t n, unsigned kind,
                                  const char *method, const char *path, const char *query,
                                  struct route_match *out);
const char *route_match_query(const struct route_match *m, const char *name); /* NULL: not given */
void route_match_clear(struct route_match *m);

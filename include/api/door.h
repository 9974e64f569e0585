/*
 * door - one way in: its sockets, its evhttp, and its own share of connections.
 *
 * A server has a door for operators and one for the public pages, so that whoever floods the one
 * does not keep anybody from the other.  Loop thread only.
 */
#pragma once
#include "api/http_conn.h"
#include "api/listener.h"
#include "io/config.h"

struct door;
struct evhttp_request;

struct door_options {
    const char *name; /* "api", "pages": in the log; static */
    struct listener_options where;
    int64_t max_body_bytes;
    void (*on_request)(struct door *d, struct evhttp_request *q, struct http_conn *c, void *ctx);
    void *ctx;
};

/* Limits are those of the configuration's group api.  NULL with error. */
struct door *door_new(struct loop *l, const struct config *c, const struct door_options *o,
                      GError **error);
void door_configure(struct door *d, const struct config *c, int64_t max_body_bytes); /* a reload */
unsigned door_connections(const struct door *d);
void door_stop(struct door *d); /* takes nobody else */
/* Every caller leaves, from inside this call. */
void door_free(struct door *d);

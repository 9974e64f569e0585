/*
 * door - one way in: its sockets, its evhttp, and its own share of connections, one for UNIX
 * sockets and one for addresses.
 *
 * What comes in by an address speaks TLS where there is a certificate; a UNIX socket never does.
 * A server has a door for operators and one for the public pages, so that whoever floods the one
 * does not keep anybody from the other.  Loop thread only.
 */
#pragma once
#include "api/http_conn.h"
#include "api/listener.h"
#include "base/clock.h"
#include "io/config.h"
#include "io/tls.h"

struct door;
struct evhttp_request;

struct door_options {
    const char *name; /* "api", "pages": in the log; static */
    struct listener_options where;
    int64_t max_body_bytes;
    const struct clock *clock; /* borrowed */
    void (*on_request)(struct door *d, struct evhttp_request *q, struct http_conn *c, void *ctx);
    void *ctx;
};

/* Limits are those of the configuration's group api.  t NULL: in the clear; a reference is taken.
 * NULL with error. */
struct door *door_new(struct loop *l, const struct config *c, const struct door_options *o,
                      struct tls *t, GError **error);
/* A reload: for connections that come from now on. */
void door_configure(struct door *d, const struct config *c, int64_t max_body_bytes, struct tls *t);
unsigned door_connections(const struct door *d);
uint64_t door_refused(const struct door *d); /* TLS handshakes that failed */
void door_stop(struct door *d);              /* takes nobody else */
/* Every caller leaves, from inside this call. */
void door_free(struct door *d);

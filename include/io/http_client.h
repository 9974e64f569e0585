/*
 * http_client - POSTs on the loop through one curl multi handle.
 *
 * HTTP/1.1 keep-alive, TLS verified (CApath off: traps of Debian's curl), no redirects, no proxy
 * from the environment, http and https only, reply body and headers bounded.  Inside addresses are
 * refused at the socket, for new and for reused connections, unless a network of the settings
 * allows them. done is called exactly once, from loop_run(), with an outcome it owns.  2xx
 * accepted; 410 refused and endpoint_gone; other 3xx/4xx refused, but 408, 425 and 429 deferred;
 * 5xx deferred with Retry-After; lost or timed out after the request was sent: unknown; no
 * connection, TLS failure, no such name: deferred.  A status counts once its header section is
 * complete, whatever becomes of the body.
 */
#pragma once
#include "io/http_request.h"

struct loop;
struct http_client;

struct http_settings { /* copied */
    bool allow_http;
    const GPtrArray *allow_networks; /* char * CIDR */
    const char *ca_file;             /* "": the system's bundle */
    int connect_timeout_s, timeout_s;
    int64_t max_reply_bytes;
    int max_connections; /* kept and in use; calls beyond it wait their turn */
};

struct http_client *http_client_new(struct loop *l, const struct http_settings *s, GError **error);
void http_client_post(struct http_client *c, struct http_request *r /* taken */, http_done_fn done,
                      void *ctx);
unsigned http_client_in_flight(const struct http_client *c); /* those that wait included */
/* For what begins from now on; settings with a network that is not one are logged and not taken. */
void http_client_configure(struct http_client *c, const struct http_settings *s);
/* Aborts what is in flight: done is called with `unknown` or `deferred`.  Not from a done. */
void http_client_free(struct http_client *c);

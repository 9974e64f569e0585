/*
 * http_conn - what evhttp does not watch over: one connection's total deadlines, its share of the
 * connections there may be, and the bytes that evhttp would not tell us about.
 *
 * evhttp limits each read, so a caller who sends a byte now and then stays for ever; here every
 * phase has one deadline: the TLS handshake, waiting for a request, its headers, its body, and the
 * taking of the answer.  Built on a filter between evhttp and the socket, whose end is the end of
 * the connection, whoever ended it. Loop thread only.  A connection is borrowed from its pool and
 * valid until on_gone.
 *
 * Where there are more connections than there may be, or more bytes of requests, one that we wait
 * for gives way (http_share.h).  Nobody gives way while an answer is worked on or sent.
 */
#pragma once
#include "io/loop.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bufferevent;
struct http_conn;
struct http_pool;
struct tls;

struct http_limits {
    unsigned max_connections;
    size_t max_held; /* bytes of requests, until they are answered, of all together */
    int64_t idle_ms, header_ms, body_ms;
};

/* on_room(false): there are as many as there may be, and all are served; true: there is room.
 * on_refused: a TLS handshake failed on that socket. */
struct http_pool *http_pool_new(struct loop *l, const struct http_limits *limits,
                                void (*on_room)(bool room, void *ctx),
                                void (*on_refused)(int fd, const char *why, void *ctx), void *ctx);
/* What connections begin with from now on; takes a reference of its own. */
void http_pool_set_tls(struct http_pool *p, struct tls *t);
/* For evhttp_set_bevcb; pool is the struct http_pool *.  The second needs http_pool_set_tls(). */
struct bufferevent *http_pool_bufferevent(struct event_base *base, void *pool);
struct bufferevent *http_pool_tls_bufferevent(struct event_base *base, void *pool);
unsigned http_pool_live(const struct http_pool *p);
void http_pool_free(struct http_pool *p); /* what is still connected ends without it */

struct http_conn *http_pool_find(struct http_pool *p, struct bufferevent *b); /* NULL: not ours */
int http_conn_fd(const struct http_conn *c);
/* The names in the client's certificate, see tls_client_names(); NULL: it showed none. */
GPtrArray *http_conn_client_names(const struct http_conn *c);
bool http_conn_has_nul(const struct http_conn *c); /* in the headers of the present request */
size_t http_conn_unsent(const struct http_conn *c);
/* The owner's word about the connection; freed with it. */
void *http_conn_peer(const struct http_conn *c);
void http_conn_set_peer(struct http_conn *c, void *peer, GDestroyNotify free_peer);

/* The phases that evhttp does not show: a request is complete; its answer of so many bytes has been
 * handed over (endless: a stream, whose owner watches it), for which a second more is given for
 * every megabyte; the answer has been sent. */
#define HTTP_CONN_ENDLESS SIZE_MAX
void http_conn_thinking(struct http_conn *c);
void http_conn_answering(struct http_conn *c, size_t bytes);
void http_conn_answered(struct http_conn *c);

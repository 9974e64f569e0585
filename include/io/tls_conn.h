/*
 * tls_conn - one connection that a client makes to a TLS listener.
 *
 * The bufferevent shakes hands and decrypts what comes in; what goes out is written by tls_write(),
 * into the socket and never into a buffer, so that the owner knows what has been sent.  An end
 * without close_notify is an end: HTTP/1.1 knows by itself whether a message is whole.
 */
#pragma once
#include "io/tls.h"
#include <glib.h>
#include <sys/types.h>

struct bufferevent;
struct evbuffer;
struct event_base;
struct tls_conn;

/* fault: why the handshake failed; NULL: it is through.  Called once at most, never after
 * tls_conn_free(), and not for a client that just leaves. */
typedef void (*tls_shaken_fn)(const char *fault, void *ctx);

struct tls_conn *tls_conn_new(struct tls *t, tls_shaken_fn shaken, void *ctx);
/* The socket's bufferevent, without descriptor; its owner frees it, and it may outlive c. */
struct bufferevent *tls_conn_bufferevent(struct tls_conn *c, struct event_base *base);
void tls_conn_free(struct tls_conn *c); /* may be NULL */

/* As evbuffer_write(): bytes taken from the front of from, or -1 with errno; EAGAIN: when the
 * socket can be written to. */
ssize_t tls_write(struct bufferevent *b, struct evbuffer *from);
/* char * names in the client's certificate, which was checked: its DNS names, mailboxes and URIs;
 * its common name where it has none of these.  NULL: it showed none.  Caller owns. */
GPtrArray *tls_client_names(struct bufferevent *b);

/*
 * listener - a listening TCP socket that hands its clients to conn.
 *
 * contract: spec is ADDR:PORT, [ADDR]:PORT or localhost:PORT; port 0 lets the kernel choose.
 * Addresses other than loopback are an error unless the options allow them.  Out of file
 * descriptors the listener rests for a tenth of a second instead of spinning.
 */
#pragma once
#include <glib.h>

#include "conn.h"

struct listener;

struct listener *listener_open(struct sink *s, const char *spec, const struct conn_protocol *p,
                               bool tls, GError **err);
void listener_free(struct listener *l);
/* ADDR:PORT with the real port; owned by the listener. */
const char *listener_address(const struct listener *l);
/* A server context from two PEM files. */
SSL_CTX *listener_tls(const char *cert, const char *key, GError **err);

/*
 * server - the HTTP API on its UNIX socket and its address, and the public pages on an address of
 * their own: the ways in from outside.
 *
 * Loop thread only.  Routes flagged ROUTE_PAGE are answered where the pages are, and nowhere else;
 * nothing else is answered there.  Descriptors handed over by the service manager are used instead
 * of the configured socket or address of the same family, and belong to the server from then on;
 * those named "pages" are for the pages.  A socket that cannot be had is an error an operator can
 * act on.  Answers that are still awaited when the server is freed are dropped when they come; the
 * service must outlive them, the server need not.
 */
#pragma once
#include "flow/service.h"
#include <stddef.h>

struct api_server;
struct webhook_keys;

struct api_sockets { /* handed over */
    const int *fds;
    char *const *names; /* by place */
    size_t n;
};

/* keys: borrowed pointer to the current keys; *keys may be NULL, and changes at a reload. */
struct api_server *api_server_new(struct service *s, const struct webhook_keys *const *keys,
                                  const struct api_sockets *sockets, GError **error);
void api_server_reload(struct api_server *a);         /* the service has a new configuration */
void api_server_stop_listening(struct api_server *a); /* answers what is here, takes nobody else */
void api_server_free(struct api_server *a);

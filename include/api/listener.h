/*
 * listener - the sockets the API listens on: a UNIX socket, an address, or descriptors that were
 * handed over (used instead of the configured one of the same family).
 *
 * The UNIX socket may be opened by everybody (0666): the peer's credentials decide who may do what.
 * One that nobody answers on is left over and removed; one that answers is another daemon's, and an
 * error. Out of descriptors, listening pauses for LISTENER_PAUSE_MS instead of spinning.
 */
#pragma once
#include "io/loop.h"
#include <stdbool.h>
#include <stddef.h>

#define LISTENER_PAUSE_MS 500

struct evhttp;
struct listener;

struct listener_options {
    const char *socket, *address; /* "": none */
    const char *address_key;      /* where the address was configured: "api.address" */
    const int *fds;               /* handed over */
    size_t n_fds;
};

/* What comes in by UNIX sockets is local's, the rest remote's.  NULL with error.  Belongs to them
 * from then on, but for the memory of this struct. */
struct listener *listener_new(struct loop *l, struct evhttp *local, struct evhttp *remote,
                              const struct listener_options *o, GError **error);
/* false: accept nobody there until true */
void listener_room(struct listener *l, bool local, bool room);
void listener_stop(struct listener *l); /* for good; the socket's file goes */
void listener_free(struct listener *l); /* before evhttp_free */

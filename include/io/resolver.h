/*
 * resolver - addresses of host names, looked up on a thread of their own and kept for 300 s.
 *
 * Of one loop's thread.  A look-up that takes for ever holds up nobody: whoever asked may stop
 * waiting, and resolver_free() does not wait for it.  An address that is written out is its own
 * answer.  When a name server fails, what it said last goes on being used.
 */
#pragma once
#include "io/loop.h"
#include <sys/socket.h>

struct resolver;

struct addresses { /* counted, immutable */
    gint refs;
    guint n;
    struct {
        struct sockaddr_storage address;
        socklen_t len;
    } a[];
};

void addresses_unref(struct addresses *a); /* may be NULL */

/* a: NULL if there is none, else a reference of the callee. */
typedef void (*resolved_fn)(struct addresses *a, void *ctx);

struct resolver *resolver_new(struct loop *l);
void resolver_free(struct resolver *r); /* who still waits is not answered */
/* Answers a reference, or NULL and calls fn later, from loop_run(). */
struct addresses *resolver_ask(struct resolver *r, const char *host, int port, resolved_fn fn,
                               void *ctx);
void resolver_stop_waiting(struct resolver *r, void *ctx);
/* None of them answers: look again next time. */
void resolver_forget(struct resolver *r, const char *host, int port);

/*
 * tls - a listener's certificate and key, read and checked as one, and what is asked of clients.
 *
 * Immutable and reference counted: a connection keeps the one that it began with, a reload brings
 * another.  TLS 1.2 with forward secrecy and authenticated encryption only, or 1.3 (RFC 9325).
 * There is no renegotiation, and no session is resumed: no ticket outlives the certificate that it
 * was given for, and there is no ticket key to guard.
 */
#pragma once
#include "model/faults.h"
#include <stdint.h>

struct tls;

struct tls_files {
    const char *group;       /* of the keys in the configuration: "api"; for complaints */
    const char *certificate; /* PEM: the certificate, then its issuers, each after its own */
    const char *key;         /* PEM, without a passphrase */
    const char *client_ca;   /* PEM: who vouches for clients; "": no client is asked */
    const char *host;        /* the name that clients call, to warn of; "": not known */
    bool may_be_expired;     /* out of its time is a warning, not a fault */
};

/* NULL when f received an error: unreadable, no pair, a chain out of order, not for servers, too
 * weak, out of its time. */
struct tls *tls_load(const struct tls_files *files, int64_t now_ms, struct faults *f);
struct tls *tls_ref(struct tls *t);
void tls_unref(struct tls *t);               /* may be NULL */
int64_t tls_expires_ms(const struct tls *t); /* the first of the file's certificates to end */
const char *tls_file(const struct tls *t);   /* of the certificate, for a person */
struct ssl_ctx_st *tls_context(const struct tls *t); /* borrowed; for tls_conn.h */

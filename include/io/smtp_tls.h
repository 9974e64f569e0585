/*
 * smtp_tls - the client's side of STARTTLS: what is demanded of a relay, and why it fell short.
 *
 * TLS 1.2 at least.  The certificate and its name are checked where TLS is required or a ca_file is
 * given: optional encryption falls back to clear text, so a certificate proves nothing there.
 */
#pragma once
#include "io/smtp_relay.h"

struct ssl_st;

/* For one connection, about to shake hands over fd.  NULL: why is a sentence, the caller's. */
struct ssl_st *smtp_tls_new(struct smtp_relay *r, int fd, char **why);
/* Why the handshake failed; caller owns. */
char *smtp_tls_fault(const struct smtp_relay *r, const struct ssl_st *ssl);

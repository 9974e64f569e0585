/*
 * tls_check - whether certificates will do for a server, before any client finds out.
 *
 * Complaints name the file and say what would be right; see tls.h for whose they are.
 */
#pragma once
#include "io/tls.h"
#include <openssl/x509.h>

/* X509 *: the certificate and its issuers, in the file's order; not empty.  When the first of them
 * ends. */
int64_t tls_check_chain(const GPtrArray *chain, const struct tls_files *files, int64_t now_ms,
                        struct faults *f);
/* One that vouches for clients: out of its time is a warning, for it vouches for nobody then. */
void tls_check_authority(X509 *ca, const struct tls_files *files, int64_t now_ms, struct faults *f);

/*
 * cms - signatures that stand beside what they sign: CMS SignedData (RFC 5652) with SHA-256, as
 * S/MIME wants them (RFC 8551).
 *
 * A signer is immutable and reference counted; any thread may sign with it at once.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct cms_signer;

struct cms_fault { /* why there is no signer */
    bool of_key;   /* else of the certificate */
    const char *code;
    char *why; /* caller frees */
};

/* PEM: the certificate and its issuers after it, and its key.  NULL with *fault: unreadable, no
 * pair, a chain out of order, a key that is weak or that mail programs do not know, or a
 * certificate that is not for mail. */
struct cms_signer *cms_signer_new(const char *certificates, const char *key,
                                  struct cms_fault *fault);
struct cms_signer *cms_signer_ref(struct cms_signer *s); /* may be NULL */
void cms_signer_unref(struct cms_signer *s);             /* may be NULL */

/* Is the mailbox one of the certificate's?  Its domain is compared without letter case. */
bool cms_signer_names(const struct cms_signer *s, const char *mailbox);
int64_t cms_signer_ends_ms(const struct cms_signer *s); /* the first of its certificates to end */
/* NULL: all hold now; else which does not, a sentence that the caller frees. */
char *cms_signer_out_of_time(const struct cms_signer *s, int64_t now_ms);

/* The signature over exactly these bytes, with the certificates, as DER.  NULL with *why (static):
 * OpenSSL cannot, which only a lack of memory explains. */
GBytes *cms_sign(const struct cms_signer *s, const void *data, size_t len, const char **why);

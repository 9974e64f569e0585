#include "io/tls_check.h"

#include "base/text.h"
#include "base/timestamp.h"
#include <glib.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <time.h>

#define NAME_MAX_BYTES 256 /* of a subject in a complaint */

static char *subject_of(X509 *x)
{
    char text[NAME_MAX_BYTES];
    X509_NAME_oneline(X509_get_subject_name(x), text, sizeof text);
    return g_strdup(text);
}

static int64_t instant_ms(const ASN1_TIME *t)
{
    struct tm tm;
    return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) * 1000 : 0;
}

/* NULL: it holds now. */
static char *out_of_time(X509 *x, int64_t now_ms)
{
    int64_t from_ms = instant_ms(X509_get0_notBefore(x));
    int64_t to_ms = instant_ms(X509_get0_notAfter(x));
    if (from_ms <= now_ms && now_ms < to_ms)
        return NULL;
    g_autofree char *subject = subject_of(x);
    g_autofree char *at = timestamp_format_utc_s(now_ms < from_ms ? from_ms : to_ms);
    return g_strdup_printf("%s %s %s", subject,
                           now_ms < from_ms ? "holds only from" : "has expired: it ended at", at);
}

static void check_time(X509 *x, const struct tls_files *files, int64_t now_ms, struct faults *f)
{
    g_autofree char *why = out_of_time(x, now_ms);
    if (why && files->may_be_expired)
        faults_warn(f, files->certificate, "expired", "%s.tls_certificate_file: %s", files->group,
                    why);
    else if (why)
        faults_add(f, files->certificate, "expired", "%s.tls_certificate_file: %s", files->group,
                   why);
}

static void check_issuer(X509 *x, X509 *issuer, const struct tls_files *files, struct faults *f)
{
    if (X509_check_issued(issuer, x) == X509_V_OK && X509_verify(x, X509_get0_pubkey(issuer)) == 1)
        return;
    g_autofree char *a = subject_of(issuer);
    g_autofree char *b = subject_of(x);
    ERR_clear_error();
    faults_add(f, files->certificate, "bad-chain",
               "%s.tls_certificate_file: %s did not issue %s, which stands before it: first the "
               "server's certificate, then each one's issuer",
               files->group, a, b);
}

static bool has_name(X509 *leaf)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);
    bool any = sk_GENERAL_NAME_num(names) > 0;
    GENERAL_NAMES_free(names);
    return any;
}

static void check_names(X509 *leaf, const struct tls_files *files, struct faults *f)
{
    if (!has_name(leaf))
        faults_warn(f, files->certificate, "no-name",
                    "%s.tls_certificate_file: names no host (subjectAltName): clients refuse it",
                    files->group);
    else if (*files->host && X509_check_host(leaf, files->host, 0, 0, NULL) != 1 &&
             X509_check_ip_asc(leaf, files->host, 0) != 1)
        faults_warn(f, files->certificate, "other-name",
                    "%s.tls_certificate_file: does not name %s, which callers are told to call: "
                    "they refuse it",
                    files->group, files->host);
}

int64_t tls_check_chain(STACK_OF(X509) * chain, const struct tls_files *files, int64_t now_ms,
                        struct faults *f)
{
    X509 *leaf = sk_X509_value(chain, 0);
    int64_t first_ms = INT64_MAX;
    for (int i = 0; i < sk_X509_num(chain); i++) {
        X509 *x = sk_X509_value(chain, i);
        first_ms = MIN(first_ms, instant_ms(X509_get0_notAfter(x)));
        check_time(x, files, now_ms, f);
        if (i + 1 < sk_X509_num(chain))
            check_issuer(x, sk_X509_value(chain, i + 1), files, f);
    }
    if (X509_check_purpose(leaf, X509_PURPOSE_SSL_SERVER, 0) != 1)
        faults_add(
            f, files->certificate, "not-for-servers",
            "%s.tls_certificate_file: is not made for a server (extendedKeyUsage serverAuth)",
            files->group);
    check_names(leaf, files, f);
    return first_ms;
}

void tls_check_authority(X509 *ca, const struct tls_files *files, int64_t now_ms, struct faults *f)
{
    g_autofree char *why = out_of_time(ca, now_ms);
    if (why)
        faults_warn(f, files->client_ca, "expired", "%s.tls_client_ca_file: %s", files->group, why);
    if (X509_check_ca(ca) == 0)
        faults_add(f, files->client_ca, "no-authority",
                   "%s.tls_client_ca_file: holds a certificate that is no authority's",
                   files->group);
}

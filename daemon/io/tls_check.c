#include "io/tls_check.h"

#include "base/certificate.h"
#include <glib.h>
#include <openssl/x509v3.h>

static void check_time(X509 *x, const struct tls_files *files, int64_t now_ms, struct faults *f)
{
    g_autofree char *why = certificate_out_of_time(x, now_ms);
    if (why && files->may_be_expired)
        faults_warn(f, files->certificate, "expired", "%s.tls_certificate_file: %s", files->group,
                    why);
    else if (why)
        faults_add(f, files->certificate, "expired", "%s.tls_certificate_file: %s", files->group,
                   why);
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

int64_t tls_check_chain(const GPtrArray *chain, const struct tls_files *files, int64_t now_ms,
                        struct faults *f)
{
    X509 *leaf = g_ptr_array_index(chain, 0);
    int64_t first_ms = INT64_MAX;
    for (guint i = 0; i < chain->len; i++) {
        first_ms = MIN(first_ms, certificate_ends_ms(g_ptr_array_index(chain, i)));
        check_time(g_ptr_array_index(chain, i), files, now_ms, f);
    }
    g_autofree char *bad_chain = certificate_bad_chain(chain);
    if (bad_chain)
        faults_add(f, files->certificate, "bad-chain", "%s.tls_certificate_file: %s", files->group,
                   bad_chain);
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
    g_autofree char *why = certificate_out_of_time(ca, now_ms);
    if (why)
        faults_warn(f, files->client_ca, "expired", "%s.tls_client_ca_file: %s", files->group, why);
    if (X509_check_ca(ca) == 0)
        faults_add(f, files->client_ca, "no-authority",
                   "%s.tls_client_ca_file: holds a certificate that is no authority's",
                   files->group);
}

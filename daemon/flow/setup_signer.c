#include "flow/setup_signer.h"

#include "base/clock.h"
#include <string.h>

#define CERTIFICATE_MAX_BYTES 65536

/* Mail programs compare the certificate with From. */
static void check(const struct config *c, const struct cms_signer *s, enum setup_for why,
                  struct faults *f)
{
    const char *path = c->mail.sign_certificate_file, *key = "mail.sign_certificate_file";
    const struct clock *clock = clock_system();
    g_autofree char *late = cms_signer_out_of_time(s, clock->now_ms(clock));
    if (!cms_signer_names(s, c->mail.from_address))
        faults_add(f, path, "other-address",
                   "%s: is not made for mail.from_address, %s: every mail would look forged", key,
                   c->mail.from_address);
    if (*c->mail.exercise_address && !cms_signer_names(s, c->mail.exercise_address))
        faults_warn(f, path, "other-address",
                    "%s: is not made for mail.exercise_address, %s: mail programs will say that "
                    "exercises are signed by somebody else",
                    key, c->mail.exercise_address);
    if (late && why == SETUP_START)
        faults_warn(f, path, "expired", "%s: %s", key, late);
    else if (late)
        faults_add(f, path, "expired", "%s: %s", key, late);
}

/* A credential is there only when the service manager starts the daemon. */
static bool is_out_of_reach(const char *path, enum setup_for why)
{
    return why == SETUP_TEST && g_str_has_prefix(path, "credential:") &&
           !g_getenv("CREDENTIALS_DIRECTORY");
}

static struct cms_signer *read_pair(const char *certificate, const char *key, struct faults *f)
{
    g_autofree char *chain =
        config_read_secret("mail.sign_certificate_file", certificate, CERTIFICATE_MAX_BYTES, f);
    g_autofree char *secret =
        config_read_secret("mail.sign_key_file", key, CERTIFICATE_MAX_BYTES, f);
    struct cms_fault fault;
    if (!chain || !secret)
        return NULL;
    struct cms_signer *s = cms_signer_new(chain, secret, &fault);
    explicit_bzero(secret, strlen(secret));
    if (s)
        return s;
    faults_add(f, fault.of_key ? key : certificate, fault.code, "mail.sign_%s_file: %s",
               fault.of_key ? "key" : "certificate", fault.why);
    g_free(fault.why);
    return NULL;
}

struct cms_signer *setup_signer_read(const struct config *c, enum setup_for why, struct faults *f)
{
    const char *certificate = c->mail.sign_certificate_file, *key = c->mail.sign_key_file;
    if (!*certificate || is_out_of_reach(certificate, why) || is_out_of_reach(key, why))
        return NULL;
    if (config_secret_is_open(key))
        faults_warn(f, key, "open-key", "mail.sign_key_file: everybody on this host can read it");
    struct cms_signer *s = read_pair(certificate, key, f);
    if (s)
        check(c, s, why, f);
    return s;
}

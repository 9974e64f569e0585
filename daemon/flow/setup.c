#include "flow/setup.h"

#include "base/signing.h"
#include "base/vault.h"
#include "flow/setup_signer.h"
#include "wire/key_lines.h"
#include <stdlib.h>

#define KEYS_MAX_BYTES 65536

void setup_keys_free(struct webhook_keys *k)
{
    if (!k)
        return;
    webhook_keys_clear(k);
    g_free(k);
}

void setup_clear(struct setup *s)
{
    g_clear_pointer(&s->config, config_unref);
    g_clear_pointer(&s->templates, template_set_unref);
    g_clear_pointer(&s->keys, setup_keys_free);
    g_clear_pointer(&s->store_keys, g_ptr_array_unref);
    g_clear_pointer(&s->smtp_password, g_free);
    g_clear_pointer(&s->tls.api, tls_unref);
    g_clear_pointer(&s->tls.pages, tls_unref);
    g_clear_pointer(&s->signing, signing_keys_unref);
    g_clear_pointer(&s->mail_signer, cms_signer_unref);
}

/* A credential is there only when the service manager starts the daemon: a check by hand was warned
 * of it by config_load and looks no further. */
static bool is_out_of_reach(const char *path, bool test)
{
    return *path == '\0' ||
           (test && g_str_has_prefix(path, "credential:") && !g_getenv("CREDENTIALS_DIRECTORY"));
}

/* NULL: there is none, or a fault was added. */
static char *read_secret(const char *key, const char *path, size_t max, bool test, struct faults *f)
{
    return is_out_of_reach(path, test) ? NULL : config_read_secret(key, path, max, f);
}

static void read_keys(struct setup *s, bool test, struct faults *f)
{
    const char *key = "webhook.signing_keys_file", *path = s->config->webhook.signing_keys_file;
    g_autofree char *text = read_secret(key, path, KEYS_MAX_BYTES, test, f), *why = NULL;
    if (!text)
        return;
    s->keys = g_new0(struct webhook_keys, 1);
    if (!webhook_keys_parse(s->keys, text, &why))
        faults_add(f, path, "bad-keys", "%s: %s", key, why);
}

static void read_store_keys(struct setup *s, bool test, struct faults *f)
{
    const char *key = "store.key_file", *path = s->config->store.key_file;
    g_autofree char *text = read_secret(key, path, KEYS_MAX_BYTES, test, f), *why = NULL;
    if (text && !(s->store_keys = key_lines_parse(text, VAULT_KEY_BYTES, &why)))
        faults_add(f, path, "bad-keys", "%s: %s", key, why);
}

static void read_signing(struct setup *s, bool test, struct faults *f)
{
    const char *key = "journal.key_file", *path = s->config->journal.key_file;
    g_autofree char *text = read_secret(key, path, KEYS_MAX_BYTES, test, f), *why = NULL;
    if (text && !(s->signing = signing_keys_read(text, &why)))
        faults_add(f, path, "bad-keys", "%s: %s", key, why);
}

static struct tls *read_tls(struct tls_files files, enum setup_for why, struct faults *f)
{
    const struct clock *clock = clock_system();
    bool test = why == SETUP_TEST;
    if (is_out_of_reach(files.certificate, test) || is_out_of_reach(files.key, test) ||
        (*files.client_ca && is_out_of_reach(files.client_ca, test)))
        return NULL;
    files.may_be_expired = why == SETUP_START;
    return tls_load(&files, clock->now_ms(clock), f);
}

static void read_certificates(struct setup *s, enum setup_for why, struct faults *f)
{
    const struct config *c = s->config;
    g_autoptr(GUri) base = g_uri_parse(c->acknowledge.base_url, G_URI_FLAGS_NONE, NULL);
    const char *host = base && c->acknowledge.forwarded_from->len == 0 ? g_uri_get_host(base) : "";
    s->tls.api = read_tls((struct tls_files){ .group = "api",
                                              .certificate = c->api.tls_certificate_file,
                                              .key = c->api.tls_key_file,
                                              .client_ca = c->api.tls_client_ca_file,
                                              .host = "" },
                          why, f);
    s->tls.pages = read_tls((struct tls_files){ .group = "acknowledge",
                                                .certificate = c->acknowledge.tls_certificate_file,
                                                .key = c->acknowledge.tls_key_file,
                                                .client_ca = "",
                                                .host = host },
                            why, f);
}

bool setup_read(struct setup *s, const char *file, enum setup_for why, struct faults *f)
{
    bool test = why == SETUP_TEST;
    s->config = config_load(file, f);
    if (!s->config)
        return false;
    s->templates = template_set_load(s->config->templates, f);
    read_keys(s, test, f);
    read_store_keys(s, test, f);
    s->smtp_password =
        read_secret("smtp.password_file", s->config->smtp.password_file, 1024, test, f);
    read_certificates(s, why, f);
    read_signing(s, test, f);
    s->mail_signer = setup_signer_read(s->config, why, f);
    return !faults_any(f);
}

struct smtp_settings setup_smtp(const struct setup *s)
{
    const struct config *c = s->config;
    return (struct smtp_settings){ .host = c->smtp.host,
                                   .port = c->smtp.port,
                                   .starttls = c->smtp.starttls,
                                   .ca_file = c->smtp.ca_file,
                                   .user = c->smtp.user,
                                   .password = s->smtp_password ? s->smtp_password : "",
                                   .hello = c->smtp.hello,
                                   .connections = c->smtp.connections,
                                   .connect_timeout_s = c->smtp.connect_timeout_s,
                                   .reply_timeout_s = c->smtp.reply_timeout_s,
                                   .message_timeout_s = c->smtp.message_timeout_s };
}

struct http_settings setup_http(const struct config *c)
{
    return (struct http_settings){ .allow_http = c->webhook.allow_http,
                                   .allow_networks = c->webhook.allow_networks,
                                   .ca_file = c->webhook.ca_file,
                                   .connect_timeout_s = c->webhook.connect_timeout_s,
                                   .timeout_s = c->webhook.timeout_s,
                                   .max_reply_bytes = c->webhook.max_reply_bytes,
                                   .max_connections = c->webhook.concurrency_total };
}

/*
 * setup - what a configuration file stands for, read and checked as one: the file, its data files,
 * templates, keys, certificates and password.
 *
 * A certificate that is out of its time stops no start, for everything else goes on without it; it
 * is a fault to a reload, where the old one may be better, and to a check by hand.
 */
#pragma once
#include "base/cms.h"
#include "flow/service.h"
#include "io/config.h"
#include "io/http_client.h"
#include "io/smtp_client.h"
#include "wire/template_set.h"
#include "wire/webhook_message.h"

struct setup { /* owned; the caller may take members out */
    struct config *config;
    struct template_set *templates;
    struct webhook_keys *keys; /* NULL: none are named */
    GPtrArray *store_keys;     /* GBytes *, newest first; NULL: none */
    char *smtp_password;       /* NULL: none */
    struct service_tls tls;
    struct signing_keys *signing;   /* of the journal; NULL: none */
    struct cms_signer *mail_signer; /* of mails; NULL: they are not signed */
};

enum setup_for {
    SETUP_START,
    SETUP_RELOAD,
    SETUP_TEST /* by hand: credentials of the service are out of reach */
};

/* False when f received an error. */
bool setup_read(struct setup *s, const char *file, enum setup_for why, struct faults *f);
void setup_clear(struct setup *s);
void setup_keys_free(struct webhook_keys *k); /* may be NULL */

/* What the clients are configured with; borrowed from s and c. */
struct smtp_settings setup_smtp(const struct setup *s);
struct http_settings setup_http(const struct config *c);

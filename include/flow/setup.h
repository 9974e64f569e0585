/*
 * setup - what a configuration file stands for, read and checked as one: the file, its data files,
 * templates, keys and password.
 */
#pragma once
#include "io/config.h"
#include "io/http_client.h"
#include "io/smtp_client.h"
#include "wire/template_set.h"
#include "wire/webhook_message.h"

struct setup { /* owned; the caller may take members out */
    struct config *config;
    struct template_set *templates;
    struct webhook_keys *keys; /* NULL: none are named */
    char *smtp_password;       /* NULL: none */
};

/* False when f received an error.  test: a check by hand, to which credentials of the service are
 * out of reach. */
bool setup_read(struct setup *s, const char *file, bool test, struct faults *f);
void setup_clear(struct setup *s);
void setup_keys_free(struct webhook_keys *k); /* may be NULL */

/* What the clients are configured with; borrowed from s and c. */
struct smtp_settings setup_smtp(const struct setup *s);
struct http_settings setup_http(const struct config *c);

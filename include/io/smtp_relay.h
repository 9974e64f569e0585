/*
 * smtp_relay - the settings of one relay, shared by reference, and what is said of it.
 *
 * Immutable but for tls, which is of the thread that talks to the relay.  The sentences become the
 * reply of an outcome: they say which relay, what happened and how far the message got.
 */
#pragma once
#include "io/smtp_client.h"

struct smtp_relay {
    gint refs;
    struct smtp_settings s; /* strings owned */
    char *name;             /* "relay mx.example:25" */
    struct ssl_ctx_st *tls; /* of smtp_tls.h; NULL: not needed yet */
};

struct smtp_relay *smtp_relay_new(const struct smtp_settings *s);
struct smtp_relay *smtp_relay_ref(struct smtp_relay *r);
void smtp_relay_unref(struct smtp_relay *r); /* may be NULL */

enum smtp_stage { SMTP_SESSION, SMTP_ENVELOPE, SMTP_BODY, SMTP_BODY_SENT };

/* Caller owns the sentences. */
char *smtp_relay_lost(const struct smtp_relay *r, enum smtp_stage at, const char *detail);
char *smtp_relay_given_up(const struct smtp_relay *r, enum smtp_stage at, const char *detail);
char *smtp_relay_late(const struct smtp_relay *r, enum smtp_stage at);
char *smtp_relay_no_tls(const struct smtp_relay *r);
char *smtp_relay_bad_tls(const struct smtp_relay *r, const char *detail);
char *smtp_relay_no_login(const struct smtp_relay *r, const char *detail);
char *smtp_relay_no_name(const struct smtp_relay *r);
char *smtp_relay_no_connection(const struct smtp_relay *r, const char *detail);

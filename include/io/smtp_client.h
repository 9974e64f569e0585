/*
 * smtp_client - mail to one relay, one envelope per recipient, over connections that are kept.
 *
 * smtp_client_send() returns at once; done is called on the loop thread, from loop_run(), exactly
 * once, with an outcome it owns.  All connections are driven by one thread (smtp_pool.h), so that
 * one more costs a descriptor and some memory; where the relay offers PIPELINING a message takes
 * one round trip.  Names are looked up, and messages finished, on threads of their own. Addresses
 * must be mailboxes (text_is_mailbox), and the message free of bare CR and LF: anything else is
 * refused here without a connection.  A connection that the relay gives up before it hears anything
 * of the message is no attempt, if another message has ended on it: the mail goes over another one
 * at once.  Classification of replies: 2xx to the body accepted; 4xx, or no connection, deferred;
 * 5xx to the envelope or the body refused; lost after the last byte of the message was handed to
 * the kernel: unknown.  Whatever goes wrong before MAIL FROM (greeting, STARTTLS, login, 53x) is
 * about the relay and not the recipient: deferred, with a sentence that says so, nothing is sent.
 * Optional STARTTLS verifies the certificate only where a ca_file is given. While the relay is out
 * of reach each place for a connection pauses between tries (up to 2 s).
 */
#pragma once
#include "model/outcome.h"
#include <glib.h>

struct loop;
struct smtp_client;

struct smtp_settings { /* copied */
    const char *host;
    int port;
    int starttls;                /* enum tls_mode of io/config.h */
    const char *ca_file;         /* "": the system's */
    const char *user, *password; /* "": none */
    const char *hello;
    int connections;
    int connect_timeout_s, reply_timeout_s, message_timeout_s;
};

typedef void (*smtp_done_fn)(struct outcome *o /* owned by the callee */, void *ctx);

struct smtp_client *smtp_client_new(struct loop *l, const struct smtp_settings *s, GError **error);
/* What is still to be made of a message, on a thread for that, before it is sent: a new reference,
 * as sound as the message.  Several may be made at once.  ctx is freed with the message. */
struct smtp_finish {
    GBytes *(*make)(GBytes *message, void *ctx);
    void *ctx;
    GDestroyNotify free_ctx;
};

/* message: CRLF, 7-bit, complete; taken, so that one thread alone holds it.  finish: taken; NULL:
 * it is sent as it is. */
void smtp_client_send(struct smtp_client *c, const char *from, const char *to, GBytes *message,
                      const struct smtp_finish *finish, smtp_done_fn done, void *ctx);
unsigned smtp_client_in_flight(const struct smtp_client *c);
/* Takes new settings for messages sent from now on (a reload); unsound ones are logged and not
 * taken. */
void smtp_client_configure(struct smtp_client *c, const struct smtp_settings *s);
/* Messages on the wire are cut off, those that wait are deferred unsent; their done is called from
 * here. */
void smtp_client_free(struct smtp_client *c);

/*
 * smtp_session - the protocol of one connection to a relay, without any I/O: bytes in, bytes out.
 *
 * RFC 5321, with PIPELINING (2920), STARTTLS (3207), AUTH PLAIN and LOGIN (4954), SIZE (1870) and,
 * of DSN (3461), RET=HDRS, so that no bounce carries a warning back through the network.
 * With PIPELINING an envelope is one group, and the next one rides behind the message before it
 * (2920, 3.1), so that each message takes one round trip.
 *
 * The owner sends what smtp_session_output() has, tells how much the kernel took, and hands in what
 * comes; every mail that it gave ends in one smtp_result.  accepted: a 2xx answers a message whose
 * final dot had been handed over.  unknown: it had, and no such answer came.  Refused by 5xx,
 * deferred by 4xx, of what the relay says about this mail.  Anything before MAIL (the greeting,
 * STARTTLS, the login) is about the relay: deferred.  A mail whose message was not begun when the
 * relay gave up a connection on which another one had ended, is put back: it was no attempt.
 * A reply that nothing had been asked for ends the session, for all that follow could be shifted.
 */
#pragma once
#include "io/smtp_relay.h"

struct smtp_session;

struct smtp_mail {         /* borrowed until its result */
    const char *from, *to; /* checked: mailboxes */
    GBytes *message;       /* checked: CRLF */
    void *job;             /* of the owner */
};

struct smtp_result {
    void *job;
    struct outcome *outcome; /* owned by the taker; NULL: put back */
};

enum smtp_want { SMTP_TALK, SMTP_SHAKE_HANDS, SMTP_HANG_UP };

struct smtp_session *smtp_session_new(struct smtp_relay *r);
void smtp_session_free(struct smtp_session *s); /* mails without result are forgotten */

gboolean smtp_session_has_room(const struct smtp_session *s);
void smtp_session_mail(struct smtp_session *s, const struct smtp_mail *m);   /* there is room */
gboolean smtp_session_result(struct smtp_session *s, struct smtp_result *r); /* FALSE: none more */

const char *smtp_session_output(struct smtp_session *s, gsize *len); /* NULL: nothing now */
void smtp_session_sent(struct smtp_session *s, gsize len);
void smtp_session_input(struct smtp_session *s, const char *bytes, gsize len);

enum smtp_want smtp_session_want(const struct smtp_session *s);
void smtp_session_shaken(struct smtp_session *s);            /* TLS stands */
gboolean smtp_session_is_up(const struct smtp_session *s);   /* the relay took the session */
gboolean smtp_session_is_busy(const struct smtp_session *s); /* a mail, or the relay's turn */
guint smtp_session_replies(const struct smtp_session *s);    /* whole ones so far */
void smtp_session_quit(struct smtp_session *s); /* not busy: QUIT is to be sent, for nobody waits */

/* How the connection ended, if not by SMTP_HANG_UP: every mail gets its result. */
void smtp_session_lost(struct smtp_session *s, const char *detail);
void smtp_session_late(struct smtp_session *s);
void smtp_session_fail(struct smtp_session *s, const char *sentence); /* before it was up */

/*
 * smtp_inside - the inside of a session: what smtp_session.c (the mails) and smtp_login.c (all that
 * comes before the first one) share.
 */
#pragma once
#include "io/smtp_offer.h"
#include "io/smtp_output.h"
#include "io/smtp_reply.h"
#include "io/smtp_session.h"

#define SMTP_DUE_MAX 8

enum smtp_step {
    GREETING,
    EHLO,
    HELO,
    STARTTLS,
    PLAIN,
    LOGIN,
    USER,
    SECRET,
    RSET,
    MAIL,
    RCPT,
    DATA,
    BODY,
    EMPTY /* the message that we end at once, for its recipient was refused */
};

struct smtp_due { /* a reply that will come */
    enum smtp_step step;
    guint64 asked; /* offset of the end of what it answers */
};

struct smtp_transaction {
    struct smtp_mail m;
    gboolean given, decided;
    gboolean open; /* MAIL was taken */
    gboolean body; /* 354 was said: the message is being sent */
    guint64 dot;   /* offset of its end, 0: not made yet */
};

struct smtp_session {
    struct smtp_relay *relay; /* one reference */
    struct smtp_output out;
    struct smtp_reply reply;
    gboolean unasked; /* the reply that comes in began before anything asked for it */
    enum smtp_want want;
    gboolean up, secure;
    struct smtp_offer offer;
    gboolean reset; /* a transaction was left open: RSET before the next MAIL */
    guint replies, ended;
    struct smtp_transaction now, next; /* next: behind the message of now */
    struct smtp_due due[SMTP_DUE_MAX];
    guint n_due;
    struct smtp_result results[2];
    guint n_results;
};

/* What has just been said is answered by a reply of this step. */
void smtp_ask(struct smtp_session *s, enum smtp_step step);
/* The relay's word, 4xx or 5xx, decides the mail of now, if that is open. */
void smtp_decide(struct smtp_session *s);
void smtp_hang_up(struct smtp_session *s); /* what waits is put back */
void smtp_end(struct smtp_session *s, char *sentence /* taken */);
void smtp_make_no_sense(struct smtp_session *s, const char *why);
void smtp_stand(struct smtp_session *s); /* the relay took the session */

/* smtp_login.c */
void smtp_say_hello(struct smtp_session *s, enum smtp_step step /* EHLO, HELO */);
void smtp_login_reply(struct smtp_session *s, enum smtp_step step, int code); /* up to SECRET */

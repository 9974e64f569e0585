/*
 * smtp_reply - what a relay's replies mean for one message.
 *
 * Reply lines come in as libcurl hands them out; the last whole reply is kept, its lines folded.
 * The classification is a pure function of what was said, how far the body got and how it ended;
 * never of a code alone: the code of a lost connection is that of the reply before (250 after RCPT,
 * 354 after DATA).
 */
#pragma once
#include "model/outcome.h"

enum smtp_stage { SMTP_SESSION, SMTP_ENVELOPE, SMTP_BODY, SMTP_BODY_SENT };

struct smtp_reply {
    GString *text;    /* "250 2.0.0 Ok: queued as 4F1", folded */
    GString *partial; /* a reply whose last line has not come */
    int code;         /* of text, 0: nothing was said */
    gboolean session; /* set by the owner: what comes now is about the message */
    gboolean data;    /* 354 was said in this transfer */
    gboolean after;   /* text came after the 354 */
    gboolean decided; /* what comes now answers QUIT and is not taken */
};

void smtp_reply_init(struct smtp_reply *r);
void smtp_reply_clear(struct smtp_reply *r);
void smtp_reply_reset(struct smtp_reply *r);
void smtp_reply_line(struct smtp_reply *r, const char *line, size_t len);

struct smtp_end {          /* how a transfer ended */
    enum smtp_stage stage; /* how far it got */
    const char *reason;    /* our sentence, where the relay said nothing that decides */
};

struct outcome *smtp_reply_outcome(const struct smtp_reply *r, const struct smtp_end *end);

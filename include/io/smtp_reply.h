/*
 * smtp_reply - a relay's reply, out of whatever pieces its bytes come in.
 *
 * RFC 5321, 4.2: lines of three digits and a hyphen, and one with a blank or nothing after them.
 * They are folded into one text of bounded length; a line that is none of these is passed over.
 * Lines of one reply that disagree on the code: the largest counts, so that no refusal hides.
 * Memory is bounded whatever comes; how much came is counted, so that the owner can give up.
 */
#pragma once
#include <glib.h>

#define SMTP_REPLY_LINE_MAX 1024 /* what is kept of a line; RFC 5321, 4.5.3.1.5 allows 512 */

struct smtp_reply {
    GString *text;   /* "250 2.0.0 Ok: queued as 4F1", folded */
    GString *line;   /* one whose end has not come */
    size_t bytes;    /* of this reply, and of what was passed over before it */
    int code;        /* 0: no line yet */
    gboolean whole;  /* text and code are complete; what comes next begins another reply */
    gboolean inside; /* the end of a line has not come */
};

void smtp_reply_init(struct smtp_reply *r);
void smtp_reply_clear(struct smtp_reply *r);
/* Takes bytes to the end of a line at most, and answers how many.  on_line, if not NULL, is told
 * each line of a reply without its code. */
size_t smtp_reply_take(struct smtp_reply *r, const char *bytes, size_t len,
                       void (*on_line)(const char *line, size_t len, void *ctx), void *ctx);

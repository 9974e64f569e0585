/*
 * smtp_output - what is to be sent on a session: commands, and a message with its dots doubled
 * (RFC 5321, 4.5.2), made piece by piece as it is sent.
 *
 * Offsets count the bytes of a session from its start, so that the owner knows which command, and
 * which final dot, has been handed over and which has not.
 */
#pragma once
#include <glib.h>

struct smtp_output {
    GString *bytes;     /* made; those before at have been sent */
    gsize at;           /* in bytes */
    guint64 made, sent; /* offsets */
    const char *body;   /* borrowed; NULL: no message is being made */
    gsize body_len, body_at;
    gboolean secret; /* bytes has a password in it: wiped when sent */
};

void smtp_output_init(struct smtp_output *o);
void smtp_output_clear(struct smtp_output *o);
/* Parts of a command, or all of it: NULL-terminated.  Never while a message is being made. */
void smtp_output_say(struct smtp_output *o, const char *first, ...) G_GNUC_NULL_TERMINATED;
/* base64 of secret (len bytes) and the end of the line. */
void smtp_output_secret(struct smtp_output *o, const char *secret, gsize len);
/* Lines that end in CRLF; stays until all of it has been made. */
void smtp_output_body(struct smtp_output *o, const char *body, gsize len);
/* Makes some of the message, if little is left to be sent.  TRUE: that was the end of it, with its
 * final dot. */
gboolean smtp_output_fill(struct smtp_output *o);
/* NULL: nothing is to be sent. */
const char *smtp_output_peek(const struct smtp_output *o, gsize *len);
void smtp_output_drop(struct smtp_output *o); /* what has not been sent never is */
void smtp_output_sent(struct smtp_output *o, gsize len);

/*
 * smtp_offer - what a relay offers in its answer to EHLO (RFC 5321, 4.1.1.1), as far as we use it.
 */
#pragma once
#include <glib.h>

struct smtp_offer {
    gboolean pipelining, size, dsn, starttls;
    gboolean auth, plain, login; /* auth: the keyword itself */
};

/* One line of the answer, without its code; the keyword in any case. */
void smtp_offer_line(struct smtp_offer *o, const char *line, gsize len);

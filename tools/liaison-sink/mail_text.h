/*
 * mail_text - reads the header of a received mail.
 *
 * contract: works on the bytes as received; folded lines are joined by removing the line break
 * only (RFC 5322 section 2.2.3); nothing is decoded.  Values are trimmed of blanks at both ends.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

struct mail_header {
    const char *name; /* borrowed from the mail */
    size_t name_len;
    GString *value; /* the caller's, reused from header to header */
};

/* Steps *at to the next header before end; false at the empty line or the end. */
bool mail_header_next(const char **at, const char *end, struct mail_header *h);
bool mail_header_is(const struct mail_header *h, const char *name);
/* Whether the mail was marked with this name: X-* and the few that state what kind of mail it is.
 */
bool mail_header_tells_status(const struct mail_header *h);

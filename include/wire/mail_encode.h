/*
 * mail_encode - bytes as a mail carries them: quoted-printable and base64 (RFC 2045), with CRLF.
 *
 * A line that begins with "From " is changed on the way into some mailboxes, which would break a
 * signature (RFC 8551, 3.1.1); quoted-printable text is written without one.
 */
#pragma once
#include <glib.h>

/* Text with LF; lines of 76 characters at most.  A last line without LF ends without CRLF. */
void mail_encode_quoted(GString *to, const char *text, gsize len);
/* Lines of 76 characters at most, each with its CRLF. */
void mail_encode_base64(GString *to, const void *bytes, gsize len);

/*
 * mail_message - a notice as a mail: RFC 5322, MIME alternatives (text and HTML), 7-bit, CRLF.
 *
 * The header is mail_head's.  Lines are at most 998 octets.  Resources of a text that is told whole
 * stand behind it in a multipart/mixed, as many as fit (mail_attach.h).
 */
#pragma once
#include "wire/mail_press.h"

/* The whole message; caller frees.  NULL with error only for an address that is no mailbox.  With a
 * press it is the same mail for less (NULL: without). */
GBytes *mail_message_render(const struct notice *n, const struct template_set *t,
                            const struct mail_settings *s, struct mail_press *press,
                            GError **error);

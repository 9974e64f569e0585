/*
 * mail_message - a notice as a mail: RFC 5322, MIME alternatives (text and HTML), 7-bit, CRLF.
 *
 * Headers: From, To, Date, Message-ID <key@domain> (stable over retries), Subject (RFC 2047; the
 * status banner first for anything not actual), Auto-Submitted: auto-generated (RFC 3834),
 * Content-Language, Importance/X-Priority by urgency, and References/In-Reply-To where the
 * broadcast names earlier ones to the same endpoint.  Lines are at most 998 octets.  No header
 * value can hold a control character.  Resources of a text that is told whole stand behind it in a
 * multipart/mixed, as many as fit (mail_attach.h).
 */
#pragma once
#include "wire/notice.h"
#include "wire/template_set.h"

struct mail_settings {        /* borrowed */
    const char *from_address; /* mailbox; also the envelope sender */
    const char *from_name;
    const char *exercise_address; /* sender of all but the actual; "" : from_address (tests) */
    const char *domain;           /* of Message-ID */
    int64_t attach_bytes; /* most of the broadcast's resources in all, 0: none are attached */
};

/* The whole message; caller frees.  NULL with error only for an address that is no mailbox. */
GBytes *mail_message_render(const struct notice *n, const struct template_set *t,
                            const struct mail_settings *s, GError **error);
/* The envelope sender for a status. */
const char *mail_message_envelope_from(const struct mail_settings *s, enum broadcast_status status);

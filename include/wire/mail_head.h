/*
 * mail_head - the header lines of a mail, with CRLF; what is long is folded (RFC 5322, RFC 2047).
 *
 * No value can hold a control character, and no text of an outsider an encoded word.
 * Headers: From, To, Subject (RFC 2047; the status banner first for anything not actual), Date,
 * Message-ID <key@domain> (stable over retries), References/In-Reply-To where the broadcast names
 * earlier ones to the same endpoint, Auto-Submitted: auto-generated (RFC 3834), Content-Language,
 * and Importance/X-Priority by urgency.
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

/* The part of the header that does not depend on who receives it: "From", then "Subject", then all
 * that stands behind Date and Message-ID, up to X-Priority.  Owned. */
struct mail_head {
    char *from, *subject, *rest;
    char *date; /* of the last mail; NULL: of none */
    int64_t date_s;
};

struct mail_head *mail_head_new(const struct notice *n, const struct template_set *t,
                                const struct mail_settings *s);
void mail_head_free(struct mail_head *h);
/* The envelope sender for a status. */
const char *mail_head_sender(const struct mail_settings *s, enum broadcast_status status);
/* "", which is no mailbox: the endpoint is of another kind. */
const char *mail_head_recipient(const struct notice *n);
/* The whole header up to X-Priority; key: notification_message_key(). */
void mail_head_append(GString *to, struct mail_head *h, const struct notice *n,
                      const struct mail_settings *s, const char *key);
/* One header of a part, as NAME: VALUE. */
void mail_head_append_text(GString *to, const char *name, const char *value);

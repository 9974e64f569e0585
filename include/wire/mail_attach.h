/*
 * mail_attach - the resources of a broadcast as attachments of its mail.
 *
 * A part of mail_message.  What a resource calls itself is not believed: its file name is ours and
 * its media type one of a few that only show or play something, else application/octet-stream.  All
 * of it is base64, so that the mail can be signed as it stands (S/MIME, RFC 8551, 3.1).
 */
#pragma once
#include "model/resource.h"
#include "wire/notice.h"

/* struct resource *, borrowed; NULL where one does not fit: the numbers of the others stay theirs.
 * Empty: nothing is attached. */
GPtrArray *mail_attach_choose(const struct notice *n, int64_t max_bytes);
/* The header of the whole and of its first part, which is the body and comes next. */
void mail_attach_begin(GString *mail, const struct notice *n);
/* The parts behind it. */
void mail_attach_end(GString *mail, const struct notice *n, const GPtrArray *chosen);

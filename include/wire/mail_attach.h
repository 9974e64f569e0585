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
#include <gmime/gmime.h>

/* Takes body; answers it, or a multipart/mixed of it and the resources that fit into max_bytes. */
GMimeObject *mail_attach(const struct notice *n, GMimeObject *body, int64_t max_bytes);

/*
 * mail_text - outside text where a mail's header has room for it.
 *
 * A part of mail_message.  GMime encodes what is not ASCII (RFC 2047) and leaves the rest as it is,
 * an encoded word in the text among it: the reader's program would decode that into whatever its
 * author liked, line breaks and direction overrides too.  Nor does GMime 3.2 escape a "=" where it
 * encodes a word that is not ASCII: "=0D" in it would be read as a line break.
 */
#pragma once

/* One clean line (text.h) that is read as it was written; caller frees. */
char *mail_text(const char *s);

/*
 * mail_sign - a mail as an S/MIME mail with a signature that is read without S/MIME too:
 * multipart/signed with application/pkcs7-signature, SHA-256 (RFC 8551, 3.5.3).
 *
 * Any thread, and best that of whoever sends: a signature costs 0.3 ms of CPU with an RSA key of
 * 2048 bits, 1.5 ms with 3072, 0.05 ms with P-256.
 */
#pragma once
#include "base/cms.h"

/* message: as mail_message_render() makes it: CRLF, 7-bit.  What is signed is the body with its own
 * headers, to the byte.  A new reference; NULL with *why (static) as cms_sign() has it. */
GBytes *mail_sign(GBytes *message, const struct cms_signer *s, const char **why);

/*
 * smtp_server - an ESMTP server that accepts everything a rule does not refuse.
 *
 * Offers PIPELINING, 8BITMIME, ENHANCEDSTATUSCODES, SIZE, and STARTTLS and AUTH when configured.
 * Each stage of a session (connect, ehlo, mail, rcpt, data, body) asks the script first.
 * Refuses what hides mistakes of a client: bare LF never ends a mail, blanks and controls in
 * addresses, unknown parameters, lines over 4,096 bytes.
 */
#pragma once
#include "conn.h"

extern const struct conn_protocol smtp_server;

/*
 * fault - the misbehaviour that SMTP and HTTP share.
 *
 * contract: fault_take() is called where an answer would be sent.  It answers true if the fault
 * took the connection over (drop, hang, garbage, endless) and no answer must follow.  Otherwise the
 * answer follows, slowed down if the action says so.  Delays come before it (see conn_pause).
 */
#pragma once
#include "conn.h"
#include "rule.h"

/* What an endless answer of a protocol consists of; static strings. */
struct fault_material {
    const char *headers_begin, *headers_again;
    const char *body_begin, *body_again;
};

bool fault_take(struct conn *c, const struct action *a, const struct fault_material *m);

/*
 * reach - what may reach whom: the one function that every sender calls.
 *
 * actual: everybody affected.  exercise: only representatives, offices and desks that opted in.
 * test: only the configured test recipient.  system and draft: nobody.  CAP 1.2 section 3.2.1,
 * status.
 */
#pragma once
#include "model/broadcast.h"

/* A recipient of the roster or the directory; opted_in is its `exercises` flag. */
bool reach_allows(enum broadcast_status status, bool opted_in);
/* The configured test recipient stands in for everybody: true for `test` only. */
bool reach_uses_test_recipient(enum broadcast_status status);
/* Is anything sent at all: false for system and draft, and for types ack and error. */
bool reach_dispatches(enum broadcast_status status, enum broadcast_type type);
/* "EXERCISE EXERCISE EXERCISE" and so on: the banner in subject and body; NULL for actual. */
const char *reach_banner(enum broadcast_status status);

/*
 * heard - which of several versions an endpoint may have got last.
 *
 * By the journal, whose numbers are the order in which outcomes were known, and not by when a
 * version went out: some of one may be tried for long.  On the store thread; reads only.
 */
#pragma once
#include "flow/foresight.h"

#define HEARD_NEVER 0

/* Endpoint -> number of the last record that it may have got something by; freed by the caller. */
GHashTable *heard_new(void);
/* What the journal has of v.  unrecorded: also what is on its way, or was when the daemon died, has
 * no record and may come after all others.  Whatever is in heard already stays where it is later.
 */
bool heard_add(struct store *s, const struct sent_version *v, bool unrecorded, GHashTable *heard,
               GError **error);
int64_t heard_last(GHashTable *heard, const char *endpoint);

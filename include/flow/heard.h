/*
 * heard - which of several versions an endpoint may have got last.
 *
 * By the journal, whose numbers are the order in which outcomes were known, and not by when a
 * version went out: some of one may be tried for long.  What has no record has a place in that
 * order too (notification's unrecorded_seq).  On the store thread; reads only.
 */
#pragma once
#include "flow/foresight.h"

/* Endpoint -> when it got something last, and when it may have; freed by the caller. */
GHashTable *heard_new(void);
/* All of v.  What is in heard already stays where it is later. */
bool heard_add(struct store *s, const struct sent_version *v, GHashTable *heard, GError **error);
void heard_join(GHashTable *heard, GHashTable *more);
/* struct notification *, borrowed: told of v, of which `own` is all, where something of `others`
 * may have come after the last of it that surely came. */
GPtrArray *heard_overtaken(const struct sent_version *v, GHashTable *own, GHashTable *others);

/*
 * endpoint - the endpoints of representatives as the queue names them: "mailto:x@y" or the URL.
 *
 * One that answered "gone" (410) is in a set of such strings and is not used again until the roster
 * gives it anew.
 */
#pragma once
#include "model/notification.h"
#include "model/roster.h"

char *endpoint_uri(enum channel_kind channel, const char *address); /* caller frees */
/* Equal for addresses, or URIs, that are the same endpoint: of a mailbox the letter case is
 * nothing. Caller frees. */
char *endpoint_key(enum channel_kind channel, const char *address_or_uri);
/* A representative's own, char * owned by the array: mailbox, then webhook; absent ones left out.
 */
GPtrArray *endpoint_list(const struct representative *p);
/* Those of them that are in the set gone. */
GPtrArray *endpoint_gone(const struct representative *p, GHashTable *gone);
/* Those that the representative of the same mission and rank has in both rosters: a set of owned
 * char *. */
GHashTable *endpoint_kept(const struct roster *before, const struct roster *after);

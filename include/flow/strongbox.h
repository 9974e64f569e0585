/*
 * strongbox - the store's own key, which seals and recognises what is secret in it.
 *
 * It is made once, at the first start with store.key_file, and lies in the store sealed under the
 * newest key of that file; without the file it is of no use to whoever has the store or a backup.
 * Rotating the file's key is sealing this one anew, which happens at every start and reload whose
 * file has a newer first line.  With it the digests of tokens are made (tokens.h): those that are
 * stored already are changed over when it is made, so that a row that somebody else has written
 * into the store is no token.
 */
#pragma once
#include "store/store_thread.h"

enum strongbox_said { STRONGBOX_AS_IT_WAS, STRONGBOX_MADE, STRONGBOX_SEALED_ANEW };

/* On the store's thread, in a transaction.  keys: GBytes *, newest first, those of the file; NULL:
 * there is none.  *key: the store's own, NULL: it has none; the caller unrefs it.  False, with what
 * to do, where the store has one that these keys do not open. */
bool strongbox_open(struct store *s, const GPtrArray *keys, GBytes **key, enum strongbox_said *said,
                    GError **error);
void strongbox_say(enum strongbox_said said); /* logs it */
/* After a reload: the same again with the keys that the file has now (a reference is taken), where
 * the store has a key; logs what came of it. */
void strongbox_reload(struct store_thread *t, GPtrArray *keys);
/* The digest by which a token is found.  key NULL: the store has none. */
char *strongbox_token_digest(GBytes *key, const char *token);

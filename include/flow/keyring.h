/*
 * keyring - the master keys of webhook signatures and personal links, and their rotation.
 *
 * Some stand in webhook.signing_keys_file, others were made by keyring_rotate() and lie in the
 * store sealed under its key (strongbox).  The newest signs and makes links; what is made by
 * rotation is newer than the file's.  When one is made, those before it sign beside it for
 * webhook.key_overlap_days, then retire by themselves; a retired key neither signs nor is believed,
 * but the links made with it stay good.  A revoked one is not good for links either, and its secret
 * is gone from the store.
 *
 * Loop thread only.  changed is called whenever the two lists below are others than they were, from
 * inside keyring_set_file() too, but not from keyring_new().
 */
#pragma once
#include "flow/service.h"
#include "wire/webhook_message.h"

struct keyring;

enum keyring_end {
    KEYRING_DONE,
    KEYRING_NO_STORE_KEY, /* the store has no key to seal a new one under */
    KEYRING_UNKNOWN,      /* there is no such key */
    KEYRING_LAST,         /* no other would sign */
    KEYRING_BUSY,         /* another change is being stored */
    KEYRING_FAILED        /* the store: why */
};
typedef void (*keyring_fn)(enum keyring_end end, const char *id, const char *why, void *ctx);

struct keyring_entry {
    char *id; /* owned */
    bool in_file, signs, revoked;
    int64_t created_ms, retire_ms; /* 0: not known; not said */
    char *created_by;              /* owned; "" for one in the file */
};
void keyring_entry_free(struct keyring_entry *e);

/* rows (key_row, NULL: none) and file (NULL: none) are taken. */
struct keyring *keyring_new(struct service *s, GPtrArray *rows, struct webhook_keys *file,
                            void (*changed)(void *ctx), void *ctx);
void keyring_free(struct keyring *k);
void keyring_set_file(struct keyring *k, struct webhook_keys *file); /* a reload; taken */

/* GBytes *, newest first; the caller unrefs the array.  Those that sign; those whose links are
 * good, of which the first makes new ones. */
GPtrArray *keyring_signing(const struct keyring *k);
GPtrArray *keyring_linking(const struct keyring *k);
GPtrArray *keyring_list(const struct keyring *k); /* keyring_entry, newest first; caller unrefs */

void keyring_rotate(struct keyring *k, const char *principal, keyring_fn fn, void *ctx);
/* Retires it now; revoke: its links die too. */
void keyring_retire(struct keyring *k, const char *id, bool revoke, const char *principal,
                    keyring_fn fn, void *ctx);

/*
 * opening - what is read from the store before anything else runs: roster, proofs, its own key and
 * those in it, and whether it is the store that the daemon stopped with.
 */
#pragma once
#include "flow/service.h"
#include "flow/setup.h"

struct opening {
    const struct store_ops *ops;
    struct mailbox *completions;     /* of the store's thread; borrowed for as long as that lives */
    void (*keys_changed)(void *ctx); /* for the keyring */
    void *ctx;
};

/* Opens the store that s->config names and fills s with what it holds; takes setup->keys.  Blocks:
 * nothing else runs yet.  False: s->store may be there all the same, and is the caller's to free.
 */
bool opening_run(struct service *s, struct setup *setup, const struct opening *o, GError **error);

/*
 * channel - one way of reaching someone: what dispatch sees of it.
 *
 * send() renders the notice at once (nothing of it is kept) and calls done exactly once, later,
 * from the loop.  A notice that cannot be rendered ends as refused.  A new way of reaching someone
 * is one file here, one member of enum channel_kind and one row in main's list.
 */
#pragma once
#include "model/outcome.h"
#include "wire/notice.h"
#include <glib.h>

struct channel;

typedef void (*channel_done_fn)(struct outcome *o /* owned by the callee */, void *ctx);

struct channel_ops {
    const char *name; /* as in channel_names[] */
    void (*send)(struct channel *c, const struct notice *n, channel_done_fn done, void *ctx);
    void (*free)(struct channel *c);
};

struct channel { /* first member of every implementation's own struct */
    const struct channel_ops *ops;
};

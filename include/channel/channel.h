/*
 * channel - one way of reaching someone: what sending sees of it.
 *
 * A notice is made, on whatever thread, and then sent, on the loop's.  make() keeps nothing of the
 * notice; NULL with error: it cannot be made, and is refused.  What notices have in common is kept
 * by room (notice_forms.h): two calls with the same room are not made at once.  send() calls done
 * exactly once, later, from the loop.  A new way of reaching someone is one file here, one member
 * of enum channel_kind and one row in main's list.
 */
#pragma once
#include "model/outcome.h"
#include "wire/notice.h"
#include <glib.h>

struct channel;

typedef void (*channel_done_fn)(struct outcome *o /* owned by the callee */, void *ctx);

enum channel_room {
    ROOM_NONE, /* nothing is kept */
    ROOM_SHORT,
    ROOM_LISTS /* of those with a list of missions */
};
#define CHANNEL_ROOMS (ROOM_LISTS + 1)

struct channel_ops {
    const char *name; /* as in channel_names[] */
    bool quick;       /* to make a short one takes no longer than to have another thread do it */
    void *(*make)(struct channel *c, const struct notice *n, enum channel_room room,
                  GError **error);
    void (*send)(struct channel *c, const struct notice *n, void *made /* taken */,
                 channel_done_fn done, void *ctx);
    void (*drop)(void *made); /* it is not sent after all */
    void (*free)(struct channel *c);
};

struct channel { /* first member of every implementation's own struct */
    const struct channel_ops *ops;
};

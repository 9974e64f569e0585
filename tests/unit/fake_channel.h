/*
 * fake_channel - what the channels of the tests' worlds have in common: nothing is made, and what
 * becomes of what is sent is for the world to say.
 */
#pragma once
#include "channel/channel.h"

struct fake_channel {
    struct channel channel;
    struct world *world; /* whose it is */
};

static inline void *fake_make(struct channel *c, const struct notice *n, enum channel_room room,
                              GError **error)
{
    (void)n, (void)room, (void)error;
    return c; /* which is not NULL */
}

static inline void fake_drop(void *made)
{
    (void)made;
}

#define FAKE_CHANNEL .make = fake_make, .drop = fake_drop

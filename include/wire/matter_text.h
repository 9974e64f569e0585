/*
 * matter_text - what a mission is told of its matters, in every language that there are phrases
 * for.
 */
#pragma once
#include "wire/template_set.h"
#include <glib.h>
#include <stdint.h>

enum matter_saying {
    MATTER_SAYS_RECEIVED,
    MATTER_SAYS_CONFIRMED,
    MATTER_SAYS_REFUSED,
    MATTER_SAYS_ANSWERED,
    MATTER_SAYS_ACKNOWLEDGED,
    MATTER_SAYS_CLOSED,
    MATTER_SAYS_EXPIRED,
    MATTER_SAYS_PROVE,   /* asks whether a new address is right */
    MATTER_SAYS_CAMPAIGN /* asks whether an address still is */
};

struct matter_words { /* borrowed; NULL: not said */
    int64_t no;
    const char *owner, *note; /* note: an agent's own words */
    const char *copy;         /* what the mission sent, to be shown again */
    const char *name, *mission;
    int64_t until_ms;
};

/* struct message *, English first; whoever takes the array takes what is in it. */
GPtrArray *matter_text(const struct template_set *t, enum matter_saying what,
                       const struct matter_words *w);

/*
 * outage_way - whoever can only be told over destinations that are down becomes the duty contact's.
 *
 * Store thread, inside the transaction that noticed.  The obligation is unreachable then, its
 * notification goes on waiting, and it becomes reached when that is accepted after all.
 */
#pragma once
#include "io/config.h"
#include "store/store.h"

struct outage_look { /* a broadcast was looked at */
    int64_t no;
    bool done; /* and needs no further look while this lasts */
};

struct outage_way {
    const struct config *config; /* borrowed, like down */
    const GHashTable *down;      /* set of lanes */
    char *lane, *reply;
    int64_t since_ms, now_ms;
    /* What was found: */
    GPtrArray *added; /* struct notification *: notices to duty contacts */
    GArray *grown;    /* int64_t: broadcasts whose plans have grown */
    GArray *looked;   /* struct outage_look */
    bool more;        /* there are others to be looked at */
};

struct outage_way *outage_way_new(const struct config *c, const struct outage_row *of,
                                  const GHashTable *down, int64_t now_ms);
void outage_way_free(struct outage_way *w);
/* Looks at the broadcasts in the lane whose patience is at its end, but for those seen (by their
 * int64_t number; NULL: none), at most *left, which it counts down. */
bool outage_way_find(struct store *s, struct outage_way *w, GHashTable *seen, unsigned *left,
                     GError **error);

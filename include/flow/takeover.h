/*
 * takeover - a named person takes missions of a broadcast over.
 *
 * Whatever of them still waits for an acknowledgement is theirs from then on: the ladder goes no
 * further and the mission counts as taken.  A representative may still acknowledge.
 */
#pragma once
#include "flow/service.h"

#define TAKEOVER_MAX_NOTE 1000 /* bytes of UTF-8; the caller refuses what is longer */

struct takeover_request {       /* copied */
    const char *id, *principal; /* of the broadcast; "unix:root" */
    const GPtrArray *missions;  /* char * ids; NULL: every one that waits */
    const char *note;           /* what is being done about it; NULL: none */
};

enum takeover_outcome {
    TAKEOVER_DONE,
    TAKEOVER_NOTHING,         /* none of those missions waits for anybody; nothing was changed */
    TAKEOVER_NOT_FOUND,       /* no such broadcast */
    TAKEOVER_UNKNOWN_MISSION, /* unknown says which are not affected by it; nothing was changed */
    TAKEOVER_NOT_RELEASED,    /* not sent, or over; nothing was changed */
    TAKEOVER_UNAVAILABLE      /* reason: the store's sentence */
};

struct takeover_result { /* valid during the callback */
    enum takeover_outcome outcome;
    const struct broadcast_row *row; /* NULL: not found, unavailable */
    const GPtrArray *taken;          /* char * ids of the missions taken now */
    const GPtrArray *settled;        /* char * ids: asked for, but nothing of them waits */
    const GPtrArray *unknown;        /* char * ids */
    const char *reason;              /* NULL unless unavailable */
};
typedef void (*takeover_done_fn)(const struct takeover_result *r, void *ctx);

void takeover_submit(struct service *s, const struct takeover_request *q, takeover_done_fn done,
                     void *ctx);

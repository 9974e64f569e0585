/*
 * tried - what was tried to reach somebody, by endpoint, reminders included.
 *
 * Pure: from a broadcast's notifications and its records, both borrowed while it lives.
 */
#pragma once
#include "model/notification.h"
#include "model/record.h"

struct tried_way { /* one endpoint; strings borrowed from what it was made of */
    const char *channel, *endpoint;
    unsigned attempts;
    enum notification_state state; /* of the last message to it */
    const char *outcome;           /* of the last attempt; "" : none was made */
    const char *reply;             /* what the other side said then, hostile; "" */
    int64_t last_ms;               /* 0: no attempt is in the journal */
};

struct tried;

/* notifications: struct notification *; records: struct record *, by seq, of whatever broadcast. */
struct tried *tried_new(const char *broadcast_id, const GPtrArray *notifications,
                        const GPtrArray *records);
void tried_free(struct tried *t);
/* What served these obligations (uint32_t ordinals, of one person), one an endpoint, in the order
 * of sending; struct tried_way, caller frees. */
GArray *tried_ways(const struct tried *t, const GArray *obligations);

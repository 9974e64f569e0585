/*
 * record - one delivery record: what happened, as a row that is never changed.
 *
 * The fields are the design's (section 6), in its order.  seq is gap-free from 1.  Written to the
 * journal in the transaction of what it tells; the delivery log is a projection of these rows.
 * hash = SHA-256 of the record's canonical line without the hash member, prev the hash before it.
 */
#pragma once
#include <glib.h>
#include <stdint.h>

#define RECORD_HASH_LEN 64 /* hex digits */

struct record {  /* strings owned; NULL: not in the record */
    int64_t seq; /* set by the store */
    int64_t time_ms;
    char *event;  /* "broadcast.accepted", "notification.deferred", "obligation.unreachable", … */
    char *status; /* the broadcast's */
    char *broadcast; /* id */
    char *missions;  /* ids joined by blanks */
    char *recipient, *channel, *endpoint;
    int attempt; /* 0: none */
    char *outcome, *reply;
    int64_t due_ms;      /* 0: none */
    int64_t duration_ms; /* -1: none */
    char *node;
    char prev[RECORD_HASH_LEN + 1], hash[RECORD_HASH_LEN + 1];
};

struct record *record_new(const char *event, int64_t time_ms);
void record_free(struct record *r);

struct record_filter { /* NULL or 0: any; all that are set must match */
    const char *broadcast, *mission, *outcome, *channel;
    int64_t since_ms, until_ms; /* until exclusive */
};

/*
 * record - one delivery record: what happened, as a row that is never changed.
 *
 * The fields are the design's (section 6), in its order.  seq is gap-free from 1.  Written to the
 * journal in the transaction of what it tells; the delivery log is a projection of these rows.
 *
 * Personal are recipient, endpoint and reply, and nothing else: no other member may name a person.
 * They are in the hash through a commitment only (wire/delivery_record), so that they can be erased
 * while the chain holds: salt goes with them and personal, the commitment, stays.  A record has
 * either of the two; one that was written before there were any has neither.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define RECORD_HASH_LEN 64 /* hex digits */
#define RECORD_SALT_LEN 32 /* likewise: 128 random bits */

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
    char *digest;          /* SHA-256 of the text that this record accepts */
    char *plan;            /* SHA-256 of the audience and the obligations that it decides */
    char *detail;          /* more about it, for machines; names no person */
    char *key, *signature; /* Ed25519, base64url: who signs all records until here */
    char salt[RECORD_SALT_LEN + 1], personal[RECORD_HASH_LEN + 1]; /* "": none */
    char prev[RECORD_HASH_LEN + 1], hash[RECORD_HASH_LEN + 1];
};

struct record *record_new(const char *event, int64_t time_ms);
void record_free(struct record *r);

struct record_filter { /* NULL, 0 or false: any; all that are set must match */
    const char *broadcast, *mission, *outcome, *channel;
    const char *event;          /* whole, or the beginning of it before a "*" */
    int64_t since_ms, until_ms; /* until exclusive */
    bool is_signed;             /* those with a signature */
};

/*
 * lookup - reads for people: a broadcast, its progress, its story.
 *
 * Each runs on the store thread in small pages and answers on the loop; error is the store's
 * sentence, NULL on success.  Results are valid during the callback.
 */
#pragma once
#include "flow/service.h"
#include "model/quorum.h"
#include "model/record.h"

struct lookup_broadcast {
    const struct broadcast_row *row; /* NULL: no such broadcast */
    struct broadcast_progress progress;
    bool asks; /* somebody is asked to acknowledge it: then coverage counts */
    struct coverage coverage;
    /* explain only, else NULL */
    const char *mission;            /* the one it is narrowed to; NULL: all */
    const GPtrArray *missions;      /* struct affected_mission * */
    const GPtrArray *obligations;   /* struct obligation * */
    const GPtrArray *notifications; /* struct notification * */
    const GPtrArray *records;       /* struct record * of this broadcast */
    const GPtrArray *answers;       /* struct acknowledgement_row *, by time */
    const GPtrArray *versions;      /* of one mission: struct story_version *, every version */
    const GPtrArray *story;         /* of one mission: struct record * of all of them, in order */
};
typedef void (*lookup_broadcast_fn)(const struct lookup_broadcast *r, const char *error, void *ctx);
/* what: 0 status alone, LOOKUP_EXPLAIN everything; mission (NULL: all) narrows explain to one. */
#define LOOKUP_EXPLAIN 1
void lookup_broadcast(struct service *s, const char *id, int what, const char *mission,
                      lookup_broadcast_fn fn, void *ctx);

/* What came in, as it came: source is NULL where nothing was kept; row NULL: no such broadcast. */
typedef void (*lookup_source_fn)(const struct broadcast_row *row, GBytes *source, const char *error,
                                 void *ctx);
void lookup_source(struct service *s, const char *id, lookup_source_fn fn, void *ctx);

/* The number of the journal's last record. */
typedef void (*lookup_last_fn)(int64_t seq, const char *error, void *ctx);
void lookup_last(struct service *s, lookup_last_fn fn, void *ctx);

/* Deferred notifications of a broadcast are due now, or when it is effective. */
struct lookup_retried {
    bool found;            /* false: no such broadcast */
    unsigned count;        /* that are due sooner by it */
    int64_t held_until_ms; /* nothing is sent before it; 0: it is effective */
};
typedef void (*lookup_retried_fn)(const struct lookup_retried *r, const char *error, void *ctx);
void lookup_retry(struct service *s, const char *id, const char *principal, lookup_retried_fn fn,
                  void *ctx);

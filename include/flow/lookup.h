/*
 * lookup - reads for people: broadcasts, their progress, the story of one, records.
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

typedef void (*lookup_list_fn)(const GPtrArray *rows, const char *error, void *ctx);
/* identifier: only those of it, NULL: all. */
void lookup_broadcasts(struct service *s, const char *identifier, int64_t before_no, unsigned limit,
                       lookup_list_fn fn, void *ctx); /* broadcast_row */
void lookup_records(struct service *s, const struct record_filter *f, int64_t after_seq,
                    unsigned limit, lookup_list_fn fn,
                    void *ctx); /* record; the filter is copied */
void lookup_history(struct service *s, const char *mission, lookup_list_fn fn,
                    void *ctx);                                       /* roster_history_row */
void lookup_outages(struct service *s, lookup_list_fn fn, void *ctx); /* outage_row */

/* Deferred notifications of a broadcast are due now, or when it is effective. */
/* The number of the journal's last record. */
typedef void (*lookup_last_fn)(int64_t seq, const char *error, void *ctx);
void lookup_last(struct service *s, lookup_last_fn fn, void *ctx);

struct lookup_retried {
    bool found;            /* false: no such broadcast */
    unsigned count;        /* that are due sooner by it */
    int64_t held_until_ms; /* nothing is sent before it; 0: it is effective */
};
typedef void (*lookup_retried_fn)(const struct lookup_retried *r, const char *error, void *ctx);
void lookup_retry(struct service *s, const char *id, const char *principal, lookup_retried_fn fn,
                  void *ctx);

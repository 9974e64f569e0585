/*
 * retention - erases what names a person when its time is over (retention.*), or when an operator
 * asks for one person; what was done stays, and the journal's chain holds.
 *
 * Nothing of what is open is erased: a broadcast whose event has a version that is pending or
 * released, that waits for an answer or has something queued, stays whole.  So does the journal of
 * a matter that is; other records that belong to no broadcast count from when they were written.
 * Every erasure is a record "journal.erased" whose detail names the records that lost their
 * personal members; records of the old form (model/record) cannot lose theirs and are left.  When
 * it is done and nothing is queued the database is rewritten, so that nothing is left between its
 * rows.
 */
#pragma once
#include "flow/service.h"

#define RETENTION_EVENT "journal.erased"
#define RETENTION_MAX_REASON 1000

struct retention;

struct retention *retention_new(struct service *s);
void retention_start(struct retention *r); /* also when the configuration is another */
void retention_free(struct retention *r);

enum erasure_outcome {
    ERASURE_DONE,
    ERASURE_IN_ROSTER, /* whoever is in the roster will be written to again */
    ERASURE_UNAVAILABLE
};
struct erasure_result {
    enum erasure_outcome outcome;
    unsigned broadcasts, records; /* erased */
    unsigned open, old;           /* broadcasts, records that stay */
    const char *reason;           /* UNAVAILABLE; else NULL */
};
typedef void (*erasure_fn)(const struct erasure_result *r, void *ctx);
/* endpoint: "mailto:x@y" or a URL.  fn on the loop.  Takes its turn among the changes of the roster
 * (roster_keeper.h). */
void retention_erase_person(struct service *s, const char *endpoint, const char *reason,
                            const char *principal, erasure_fn fn, void *ctx);

/*
 * decision - a person lets a waiting broadcast go, or not.
 *
 * Approve: by a second person, who states the number of missions; refused when the resolution has
 * changed since its author saw it, with the difference.  Bypass: the logged way round for urgency
 * immediate, by anybody who may publish, with a reason; every approver is told at once.  Release:
 * what is held gets its audience from a person.  Reject: it never goes.
 */
#pragma once
#include "flow/service.h"
#include "model/faults.h"

enum decision_kind { DECISION_APPROVE, DECISION_BYPASS, DECISION_RELEASE, DECISION_REJECT };
enum decision_outcome {
    DECISION_DONE,
    DECISION_NOT_FOUND,
    DECISION_REFUSED,    /* reason */
    DECISION_CHANGED,    /* reason: what has changed; missions: how many there are now */
    DECISION_INVALID,    /* faults */
    DECISION_UNAVAILABLE /* reason: the store's */
};

struct decision_request { /* copied */
    enum decision_kind kind;
    const char *id, *principal;
    const char *reason;   /* BYPASS and REJECT; NULL: none */
    int64_t missions;     /* APPROVE, BYPASS and RELEASE: how many are expected, -1: not said */
    const char *audience; /* RELEASE: JSON, NULL: its own */
};

struct decision_result { /* valid during the callback */
    enum decision_outcome outcome;
    const struct broadcast_row *row; /* NULL: not found */
    const struct faults *faults;
    const char *reason;
    unsigned missions;
};
typedef void (*decision_done_fn)(const struct decision_result *r, void *ctx);

void decision_submit(struct service *s, const struct decision_request *q, decision_done_fn done,
                     void *ctx);
/* The daemon's own: an update that waited for its alert goes out. */
void decision_let_go(struct service *s, const char *id);

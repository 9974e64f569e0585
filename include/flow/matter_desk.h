/*
 * matter_desk - what people do with matters: open one, decide it, look at them.
 *
 * A scope confines a caller to one mission (a mission's token): what is of another is not there for
 * him.
 */
#pragma once
#include "flow/matter.h"

enum matter_outcome {
    MATTER_DONE,
    MATTER_INVALID,     /* faults; nothing was stored */
    MATTER_NOT_FOUND,   /* no such matter, or not of the caller's mission */
    MATTER_NOT_ALLOWED, /* reason: it cannot be moved like that, or not yet */
    MATTER_KNOWN,       /* this Idempotency-Key has opened it already */
    MATTER_KEY_REUSED,  /* reason: this Idempotency-Key belongs to another request */
    MATTER_UNAVAILABLE  /* reason: the store's sentence */
};

struct matter_result { /* valid during the callback */
    enum matter_outcome outcome;
    const struct matter *matter; /* NULL: none */
    const GPtrArray *events;     /* struct matter_event *, of a look; else NULL */
    const struct faults *faults; /* INVALID */
    const char *reason;
};
typedef void (*matter_done_fn)(const struct matter_result *r, void *ctx);

struct matter_opening { /* copied */
    const char *body;   /* as matter_json reads it */
    size_t len;
    const char *principal;
    const char *scope;           /* NULL: any mission */
    const char *idempotency_key; /* NULL: none */
};
void matter_desk_open(struct service *s, const struct matter_opening *q, matter_done_fn done,
                      void *ctx);
/* The same for a body that is made already; m is taken. */
void matter_desk_open_made(struct service *s, struct matter *m, matter_done_fn done, void *ctx);

struct matter_decision { /* copied */
    int64_t no;
    enum matter_action action;
    const char *principal;
    const char *note; /* NULL: none */
    bool unproved;    /* CONFIRM: the agent answers for an address that nobody has proved */
};
void matter_desk_decide(struct service *s, const struct matter_decision *q, matter_done_fn done,
                        void *ctx);

void matter_desk_show(struct service *s, int64_t no, const char *scope, matter_done_fn done,
                      void *ctx);

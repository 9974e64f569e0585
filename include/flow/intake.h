/*
 * intake - takes a broadcast: decode, resolve, plan, store all of it in one transaction, then
 * answer.
 *
 * The same triple with the same content is the same broadcast (INTAKE_KNOWN, nothing done twice);
 * with other content a conflict, journalled as security.conflict.  An idempotency key that was used
 * by the same principal for the same bytes gives the stored answer; for other bytes
 * INTAKE_KEY_REUSED.
 */
#pragma once
#include "flow/service.h"
#include "model/faults.h"

enum intake_kind {
    INTAKE_ACCEPTED,    /* 201: committed with its whole plan */
    INTAKE_KNOWN,       /* 200: it was here already */
    INTAKE_CONFLICT,    /* 409: same triple, other content */
    INTAKE_INVALID,     /* 422: faults say what is wrong */
    INTAKE_KEY_REUSED,  /* 422: this Idempotency-Key belongs to another request */
    INTAKE_EXPECTATION, /* 409: expect_missions differs */
    INTAKE_FORBIDDEN,   /* 403: it corrects somebody else's broadcast */
    INTAKE_UNAVAILABLE  /* 503: reason says why */
};

struct intake_result { /* valid during the callback */
    enum intake_kind kind;
    const struct faults *faults;     /* errors and warnings, never NULL */
    int status;                      /* enum broadcast_status; -1: it could not be read */
    const struct broadcast_row *row; /* ACCEPTED, KNOWN, CONFLICT (the one that is here) */
    const char *reason;              /* a sentence; UNAVAILABLE, EXPECTATION, KEY_REUSED */
    int64_t held_until_ms;           /* nothing is sent before it (`effective`); 0: at once */
    unsigned missions;               /* EXPECTATION: what it resolves to */
};

struct intake_request { /* copied */
    const char *type;   /* PREVIEW_JSON or PREVIEW_CAP */
    const char *body;
    size_t len;
    const char *principal;       /* "unix:root", "token:…" */
    const char *idempotency_key; /* NULL: none */
    int64_t expect_missions;     /* -1: not asked; also a member of the body */
    bool own; /* composed by us: JSON whose texts may be for some missions only */
};

typedef void (*intake_done_fn)(const struct intake_result *r, void *ctx);

/* done is called exactly once, from here or later. */
void intake_submit(struct service *s, const struct intake_request *q, intake_done_fn done,
                   void *ctx);

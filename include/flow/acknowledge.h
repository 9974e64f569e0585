/*
 * acknowledge - a person answers a message through its personal link.
 *
 * A link is looked up by the digest of its token (link_digest_of).  Looking changes nothing.  An
 * answer needs its proof: under METHOD_PAGE the code printed in the message, compared here; under
 * METHOD_WEBHOOK a signature with the endpoint's secret, which the caller has checked against what
 * acknowledge_look() told of the endpoint.
 *
 * One transaction: every obligation that the message serves moves, what was said is kept, the
 * journal tells it, the endpoint is proved, and what must be done at once (assistance, a wrong
 * person) becomes an obligation of the duty contact, assistance also of the partner of that place.
 * A silent update, which sent no message of its own to that person, is answered with it.
 */
#pragma once
#include "flow/service.h"
#include "model/answer.h"
#include "model/notification.h"
#include "model/plan.h"

#define ACKNOWLEDGE_MAX_NOTE 2000 /* bytes of UTF-8; the caller refuses what is longer */

struct acknowledge_view {
    const struct broadcast_row *row;         /* with its state */
    const struct broadcast *broadcast;       /* with its id and texts */
    const struct notification *notification; /* its channel, endpoint and language */
    const char *message_key;                 /* notification_message_key() */
    const GPtrArray
        *obligations; /* struct obligation *: what the message serves, with their answers */
    const GPtrArray *missions;    /* struct affected_mission *: of those, without doubles */
    enum broadcast_state version; /* SUPERSEDED, CANCELLED: by the last word; EXPIRED: its deadline
                                   * has passed; else its own */
    bool asks;                    /* one of the obligations asks for an answer */
    bool answered;                /* and none of those that ask still waits */
};

enum acknowledge_outcome {
    ACKNOWLEDGE_DONE,    /* recorded, and the last word */
    ACKNOWLEDGE_ALREADY, /* the same answer is recorded; nothing was changed */
    ACKNOWLEDGE_LATE, /* recorded, but a later version has taken the message's place, or it is over
                       */
    ACKNOWLEDGE_WRONG_CODE,  /* METHOD_PAGE: nothing was changed; the caller counts it against the
                                peer */
    ACKNOWLEDGE_UNKNOWN,     /* no such link */
    ACKNOWLEDGE_DEAD,        /* its time is over, or its key is gone */
    ACKNOWLEDGE_UNAVAILABLE, /* reason: the store's sentence; nothing was changed */
    ACKNOWLEDGE_LIVE,        /* of a look: it can be answered */
    ACKNOWLEDGE_KEY_REUSED   /* nothing was changed: once was used for another answer */
};
/* "done", "already", "late", "wrong-code", "unknown", "dead", "unavailable", "live",
 * "key-reused", NULL. */
extern const char *const acknowledge_outcome_names[];

struct acknowledge_result { /* valid during the callback */
    enum acknowledge_outcome outcome;
    const struct acknowledge_view
        *view;          /* NULL: UNKNOWN, DEAD, UNAVAILABLE; after an answer as it is then */
    const char *reason; /* UNAVAILABLE only, else NULL */
};
typedef void (*acknowledge_done_fn)(const struct acknowledge_result *r, void *ctx);

/* LIVE, UNKNOWN, DEAD or UNAVAILABLE. */
void acknowledge_look(struct service *s, const char *digest, acknowledge_done_fn done, void *ctx);

struct acknowledge_request { /* copied */
    const char *digest;      /* of the token */
    const char *code;        /* as it was typed; NULL under METHOD_WEBHOOK */
    enum answer answer;      /* not ANSWER_NONE */
    enum answer_method method;
    const char *note; /* the person's own words; NULL: none */
    const char *from; /* address of the peer */
    /* A key of the caller's, under which one answer is taken through this link: the same again has
     * the outcome that it had and changes nothing, whatever was said since.  NULL: none. */
    const char *once;
};
void acknowledge_submit(struct service *s, const struct acknowledge_request *q,
                        acknowledge_done_fn done, void *ctx);

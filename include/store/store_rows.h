/*
 * store_rows - the rows a store hands out that are no values of the model.
 *
 * Strings are owned, absent is "" unless noted.  Times are milliseconds since the epoch, UTC.
 */
#pragma once
#include "model/broadcast.h"
#include "model/mission.h"
#include "model/obligation.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct broadcast_row {
    int64_t no; /* small, ascending; the high part of notification ids */
    char *id;   /* UUIDv7 */
    char *identifier, *sender;
    int64_t sent_ms;
    char *digest; /* of the content: equal triple and digest is the same broadcast */
    char *body;   /* canonical JSON */
    enum broadcast_status status;
    enum broadcast_type type;
    enum broadcast_urgency urgency;
    enum broadcast_severity severity;
    enum broadcast_state state;
    int64_t received_ms, deadline_ms;
    char *headline;                                    /* of its first message: for lists */
    char *author;                                      /* principal: "unix:root", "token:abc" */
    unsigned missions, representatives, notifications; /* as planned */
    char *hold;                                        /* why it waits for a person's audience */
    char *seen; /* pending: ids of the missions as its author saw them, joined by blanks */
    int64_t approve_by_ms; /* pending: it lapses then; 0: no deadline */
    bool reminded;         /* the approvers were reminded */
    char *approved_by;     /* principal, with " (way round: reason)" when bypassed */
    int64_t released_ms;   /* 0: not released */
    char *source_type;     /* media type of what came in */
    char *link_key;        /* fingerprint of the key of its personal links; "": it has none */
    GPtrArray *references; /* struct reference *, owned; NULL: none, or not read (lists) */
    guint adopted;         /* so many of the last of them were foreign first */
    /* The same, of somebody named for the sender whose version was not here, so that nobody could
     * tell whether the sender may correct it; only to be written. */
    GPtrArray *foreign;
};

struct broadcast_progress {
    unsigned by_state[6];    /* notifications, by enum notification_state */
    unsigned obligations[7]; /* by enum obligation_state */
    unsigned attempts;
    int64_t first_accepted_ms, last_accepted_ms; /* 0: none */
};

struct link_row {         /* a personal link, found by the digest of its token */
    int64_t no;           /* its broadcast */
    int64_t notification; /* id */
    int64_t expires_ms;   /* it dies then */
};

struct acknowledgement_row { /* what one person said through one message; never changed */
    uint32_t obligation;     /* ordinal */
    int64_t notification;    /* id of the message that was answered */
    int64_t time_ms;
    int answer, method; /* enum answer, enum answer_method */
    char *note;         /* the person's own words, hostile; "" */
    char *from;         /* address of the peer */
};

struct ladder_row { /* an obligation whose next firing is due */
    int64_t no;
    struct obligation *obligation;
};

struct custody_row { /* who is on duty for the missions of a broadcast that belong to one office */
    int64_t no;
    char *office; /* id */
    char *kind;   /* "" or the mission kind that has an owner of its own (an embassy's PLD) */
    char *owner;  /* "office:chicago" */
    int64_t since_ms, next_ms; /* next_ms: the next change of owner; INT64_MAX: none is known */
};

struct proof_row { /* the last time that somebody answered from an endpoint */
    char *endpoint;
    int64_t time_ms;
    char *how; /* "acknowledged", "confirmed" */
};

struct token_row {
    char *id, *name;
    char *digest;  /* by which it is found: tokens.h */
    char *mission; /* the one that it is bound to; "": none */
    unsigned roles;
    int64_t created_ms, last_used_ms, revoked_ms; /* 0: never */
    char *created_by;
};

struct key_row {                   /* a master key of webhooks and personal links */
    char *id;                      /* fingerprint (model/link) */
    char *sealed;                  /* "": it stands in the file of the configuration */
    int64_t created_ms, retire_ms; /* retire_ms: from then on it signs no more; 0: not said */
    bool revoked;                  /* links made with it are dead too, and sealed is gone */
    char *created_by;
};

struct idempotency_row {
    char *principal, *key, *request_digest;
    int status;
    char *response;
    int64_t time_ms;
};

struct roster_history_row {
    int64_t time_ms;
    char *author, *mission, *change; /* "added", "changed", "removed" */
    char *detail; /* the mission and its representatives as they were before, as text */
};

struct matter_filter {      /* 0 and NULL: any */
    unsigned kinds, states; /* bits 1 << enum matter_kind, matter_state */
    const char *mission, *owner;
    int64_t before_no;
};

struct threat_row { /* a threat level as it was set */
    char *mission;
    enum threat_level level;
    char *author, *reason;
    int64_t time_ms, review_ms; /* review_ms: when it is to be looked at again */
};

struct campaign_row { /* every representative of an audience was asked to confirm */
    int64_t no;       /* its broadcast */
    char *id;         /* likewise; set by the store */
    int64_t started_ms, ends_ms;
    char *author, *audience; /* audience: JSON */
};

struct outage_row {     /* a destination that is down */
    char *lane, *reply; /* reply: the last */
    int64_t since_ms;
    unsigned waiting; /* notifications; set by the store */
};

void outage_row_free(struct outage_row *r);
void acknowledgement_row_free(struct acknowledgement_row *r);
void ladder_row_free(struct ladder_row *r);
void custody_row_free(struct custody_row *r);
void proof_row_free(struct proof_row *r);
void broadcast_row_free(struct broadcast_row *r);
void token_row_free(struct token_row *r);
void key_row_free(struct key_row *r);
void idempotency_row_free(struct idempotency_row *r);
void threat_row_free(struct threat_row *r);
void campaign_row_free(struct campaign_row *r);
void roster_history_row_free(struct roster_history_row *r);

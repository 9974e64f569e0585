/*
 * notification - one message over one endpoint: the unit that is queued and retried.
 *
 * Only notification_move() assigns state, along the design's table:
 *   queued --claim--> sending; sending --accepted|refused--> final; sending --deferred|unknown-->
 *   deferred; sending --restart--> queued; deferred --claim--> sending;
 *   queued, deferred --superseded|expired--> withdrawn.
 * A missing row is our bug and aborts.  attempt and due_ms are the caller's to set beside it;
 * told is set by it, on accepted and unknown.
 * Its number is broadcast number << NOTIFICATION_ORDINAL_BITS | ordinal, so that key order is send
 * order.
 */
#pragma once
#include "model/broadcast.h"
#include "model/mission.h"
#include <stdint.h>

#define NOTIFICATION_ORDINAL_BITS 20
#define NOTIFICATION_MAX_ORDINAL ((1u << NOTIFICATION_ORDINAL_BITS) - 1)

enum notification_state {
    NOTIFICATION_QUEUED,
    NOTIFICATION_SENDING,
    NOTIFICATION_DEFERRED,
    NOTIFICATION_ACCEPTED,
    NOTIFICATION_REFUSED,
    NOTIFICATION_WITHDRAWN
};
enum notification_event {
    NOTIFICATION_CLAIM,
    NOTIFICATION_ON_ACCEPTED,
    NOTIFICATION_ON_DEFERRED,
    NOTIFICATION_ON_UNKNOWN,
    NOTIFICATION_ON_REFUSED,
    NOTIFICATION_ON_RESTART,
    NOTIFICATION_ON_SUPERSEDED,
    NOTIFICATION_ON_EXPIRED
};
extern const char *const notification_state_names[];

enum channel_kind { CHANNEL_SMTP, CHANNEL_WEBHOOK };
extern const char *const channel_names[]; /* "smtp", "webhook" */

/* Has the endpoint had it?  maybe: an attempt ended as unknown, or was in flight at a crash. */
enum notification_told { TOLD_NO, TOLD_MAYBE, TOLD_YES };

/* What for: the message itself, or once more because nobody has acknowledged it. */
enum notification_purpose { PURPOSE_TELL, PURPOSE_REMIND };

struct notification { /* strings owned, never NULL */
    int64_t id;
    enum channel_kind channel;
    char *endpoint;  /* "mailto:x@y" or the URL */
    char *lane;      /* what fails together: "smtp", "https://host:port" */
    char *recipient; /* the first obligation's recipient: for the log */
    char *language;
    enum notification_state state;
    unsigned attempt;            /* attempts made */
    enum notification_told told; /* never goes back */
    /* The last record of the journal before an attempt that it has none of, as it was on its way at
     * a crash; 0: it has them all. */
    int64_t unrecorded_seq;
    int64_t due_ms;      /* not before; 0: at once */
    int64_t deadline_ms; /* nothing is sent from here on */
    uint32_t priority;   /* notification_priority(), the smaller the sooner */
    GArray *obligations; /* uint32_t ordinals, ascending */
    enum notification_purpose purpose;
    char *link_digest; /* of its personal link, hex; "" : it carries none */
};

/* An attempt that may have arrived, and of which the store knows nothing yet. */
struct underway {
    int64_t notification; /* its number */
    bool accepted;        /* the endpoint has taken it; else it is on its way, or nobody knows */
};

struct notification *notification_new(void);
void notification_free(struct notification *n);
void notification_move(struct notification *n, enum notification_event on);
bool notification_is_final(enum notification_state s);

/* Order of sending: urgency, severity, highest threat level of its missions, lowest rank (0..255;
 * an office's or desk's notice counts as rank 0).  Urgency is the top byte. */
uint32_t notification_priority(enum broadcast_urgency u, enum broadcast_severity s,
                               enum threat_level t, unsigned rank);
/* The same for an update or a cancel: ahead of everything of its urgency that is neither. */
uint32_t notification_priority_correct(uint32_t priority);
/* The priorities of an urgency are [first, last]. */
uint32_t notification_priority_first(enum broadcast_urgency u);
uint32_t notification_priority_last(enum broadcast_urgency u);

/* Stable over retries: "<broadcast id>.<ordinal>" for webhook-id and the local part of Message-ID.
 */
char *notification_message_key(const char *broadcast_id, int64_t notification_id);
/* The lane of an endpoint; caller frees. */
char *notification_lane(enum channel_kind channel, const char *endpoint);

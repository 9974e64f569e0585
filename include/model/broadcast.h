/*
 * broadcast - one security-information message with a status, a type, an audience and a life.
 *
 * The vocabulary is CAP 1.2's (section 3.2) in lower case.  status is fixed at creation.  The
 * natural key is identifier + sender + sent (as an instant).  A broadcast is immutable once built
 * and may be shared between threads by reference.
 */
#pragma once
#include "base/timestamp.h"
#include <glib.h>
#include <stdbool.h>

enum broadcast_status { STATUS_ACTUAL, STATUS_EXERCISE, STATUS_TEST, STATUS_SYSTEM, STATUS_DRAFT };
enum broadcast_type { TYPE_ALERT, TYPE_UPDATE, TYPE_CANCEL, TYPE_ACK, TYPE_ERROR };
/* The smaller, the sooner sent. */
enum broadcast_urgency {
    URGENCY_IMMEDIATE,
    URGENCY_EXPECTED,
    URGENCY_FUTURE,
    URGENCY_PAST,
    URGENCY_UNKNOWN
};
enum broadcast_severity {
    SEVERITY_EXTREME,
    SEVERITY_SEVERE,
    SEVERITY_MODERATE,
    SEVERITY_MINOR,
    SEVERITY_UNKNOWN
};
enum broadcast_certainty {
    CERTAINTY_OBSERVED,
    CERTAINTY_LIKELY,
    CERTAINTY_POSSIBLE,
    CERTAINTY_UNLIKELY,
    CERTAINTY_UNKNOWN
};
enum broadcast_handling { HANDLING_FULL, HANDLING_NOTICE };
enum broadcast_state {
    BROADCAST_DRAFT,
    BROADCAST_PENDING,
    BROADCAST_RELEASED,
    BROADCAST_REJECTED,
    BROADCAST_LAPSED,
    BROADCAST_SUPERSEDED,
    BROADCAST_CANCELLED,
    BROADCAST_EXPIRED,
    BROADCAST_CLOSED
};

/* Names as in the design ("actual", "alert", …), in enum order, NULL-terminated: for decoding,
 * encoding and "one of" messages. */
extern const char *const broadcast_status_names[],
    *const broadcast_type_names[], *const broadcast_urgency_names[],
                                       *const broadcast_severity_names[],
                                           *const broadcast_certainty_names[],
                                               *const broadcast_handling_names[],
                                                   *const broadcast_state_names[],
                                                       *const broadcast_response_names[];
int broadcast_name_index(const char *const *names, const char *name); /* -1: not one of them */

struct message_own { /* what holds for one text where the texts of a broadcast differ by place */
    enum broadcast_urgency urgency;
    enum broadcast_severity severity;
    enum broadcast_certainty certainty;
    struct timestamp effective, expires; /* ms == 0: at once, never */
};

struct message { /* one language of the text; all owned, instruction may be NULL; see message.h */
    char *language; /* BCP 47, lower-case primary subtag: "en", "es" */
    char *headline, *description, *instruction;
    char *place;             /* the area it is for, to be read; NULL: none of its own */
    GPtrArray *missions;     /* char *, sorted: ids of the missions it is for; NULL: for all */
    struct message_own *own; /* NULL: as the broadcast */
};

struct reference { /* the triple of an earlier broadcast */
    char *identifier, *sender;
    struct timestamp sent;
};

struct audience;

struct broadcast {
    gint refs; /* atomic */
    char *id;  /* UUIDv7; NULL until it is accepted */
    char *identifier, *sender;
    struct timestamp sent;
    enum broadcast_status status;
    enum broadcast_type type;
    enum broadcast_urgency urgency;
    enum broadcast_severity severity;
    enum broadcast_certainty certainty;
    enum broadcast_handling handling;
    struct timestamp effective, expires; /* ms == 0: not given */
    char *incident;                      /* NULL: not given */
    GPtrArray *responses;                /* const char * from broadcast_response_names */
    GPtrArray *references;               /* struct reference * */
    GPtrArray *messages;                 /* struct message *, at least one */
    struct audience *audience;           /* owned */
    GPtrArray *resources;                /* struct resource *; NULL: none, or not looked for */
};

struct broadcast *broadcast_new(void); /* empty, status draft, all unknown; one reference */
struct broadcast *broadcast_ref(struct broadcast *b);
void broadcast_unref(struct broadcast *b);
void message_free(struct message *m);
void reference_free(struct reference *r);
struct reference *reference_copy(const struct reference *r);
/* For hash tables by triple: instants, not how they are written. */
guint reference_hash(gconstpointer r);
gboolean reference_equal(gconstpointer a, gconstpointer b);

/* The message for a representative who reads language: exact, else of the same primary subtag, else
 * "en", else the first.  NULL only where there is none at all.  Where texts differ by mission, see
 * message.h. */
const struct message *broadcast_message_for(const struct broadcast *b, const char *language);

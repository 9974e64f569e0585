/*
 * matter - something that a mission, or an agent on its behalf, has put to DSS.
 *
 * Pure.  A kind is a row of a table: which members its body has, who owns it, how long its owner
 * has.  Only matter_move() assigns a state, along a table of moves by kind; what is not in it is
 * answered with false and changes nothing.  When something falls due is a function of the matter
 * alone; what was taken of it is one number, behind_ms, so that each is taken once, across restarts
 * and clock steps too.  Times are milliseconds since the epoch, UTC.
 */
#pragma once
#include "model/broadcast.h"
#include "model/faults.h"

enum matter_kind {
    MATTER_CONTACT_UPDATE,
    MATTER_SECURITY_INFORMATION,
    MATTER_ASSISTANCE_REQUEST,
    MATTER_PROTECTIVE_RESPONSE
};
enum matter_state {
    MATTER_OPEN,
    MATTER_CONFIRMED,
    MATTER_REFUSED,
    MATTER_ANSWERED,
    MATTER_ACKNOWLEDGED, /* by the partner */
    MATTER_EXPIRED,
    MATTER_CLOSED
};
enum matter_action {
    MATTER_CONFIRM,
    MATTER_REFUSE,
    MATTER_ANSWER,
    MATTER_ACKNOWLEDGE,
    MATTER_CLOSE,
    MATTER_NOTE,  /* adds to the history; moves nothing */
    MATTER_EXPIRE /* the clock's, nobody asks for it */
};
/* NULL-terminated: "contact-update", …; "open", …; "confirm", … without the clock's. */
extern const char *const matter_kind_names[], *const matter_state_names[],
                                                  *const matter_action_names[];

/* How the text of a member is checked; all are kept as text. */
enum matter_type {
    MATTER_LINE,
    MATTER_TEXT, /* several lines */
    MATTER_CHOICE,
    MATTER_YES_NO,
    MATTER_RANK, /* a representative's */
    MATTER_TIME, /* RFC 3339 */
    MATTER_DATE,
    MATTER_LANGUAGE,
    MATTER_MAILBOX,
    MATTER_PHONE,
    MATTER_URL
};

struct matter_member {
    const char *name, *label; /* label: for a person, in English */
    enum matter_type type;
    bool must;
    unsigned max_bytes;         /* of LINE and TEXT */
    const char *const *choices; /* of CHOICE */
};

#define MATTER_MAX_MEMBERS 11

enum matter_owner {
    MATTER_OF_OFFICE, /* with which the mission normally consults */
    MATTER_OF_DUTY    /* whoever is on duty for it at that minute */
};

struct matter_rules {
    const struct matter_member *members; /* at most MATTER_MAX_MEMBERS, name NULL ends them */
    enum matter_owner owner;
    enum broadcast_urgency urgency; /* where none is given */
    bool urgency_must;
    int64_t patience_s[URGENCY_UNKNOWN + 1]; /* how long it may stay open, by urgency */
    const char *title;                       /* "Request for security assistance" */
};
const struct matter_rules *matter_rules(enum matter_kind k);

/* The six subjects of general security assistance, as the brochure names them. */
extern const char *const matter_subjects[];
/* "new", "changed", "departing", "wrong-person", NULL. */
extern const char *const matter_changes[];

struct matter_body { /* strings owned; NULL: absent */
    enum matter_kind kind;
    char *values[MATTER_MAX_MEMBERS]; /* by place in the members */
};
struct matter_body *matter_body_new(enum matter_kind k);
void matter_body_free(struct matter_body *b);
const char *matter_body_get(const struct matter_body *b, const char *name);       /* "" : absent */
void matter_body_set(struct matter_body *b, const char *name, const char *value); /* copied */
int64_t matter_body_time(const struct matter_body *b, const char *name);          /* 0: absent */
/* What concerns several members; places are "/body/email".  Codes: missing-member not-allowed
 * end-before-begin. */
void matter_body_check(const struct matter_body *b, struct faults *f);
/* "Subject: Emergency Reaction Plans", a line a member; caller frees. */
char *matter_body_text(const struct matter_body *b);

struct matter { /* strings owned, never NULL */
    int64_t no; /* 0 until it is stored */
    enum matter_kind kind;
    enum matter_state state;
    enum broadcast_urgency urgency;
    char *mission;
    char *owner;     /* "office:chicago", "desk:command-center" */
    char *partner;   /* "partner:usss-fmb"; "" : none */
    char *opened_by; /* principal, or "fr-chicago/1" by a personal link */
    char *about;     /* id of the broadcast that it came from; "" : none */
    char *body;      /* as matter_json writes it */
    int64_t opened_ms, changed_ms;
    int64_t from_ms, until_ms; /* 0: has no such times */
    int64_t behind_ms, due_ms; /* due_ms: matter_next_ms(), INT64_MAX: nothing */
};
struct matter *matter_new(void); /* strings "" */
void matter_free(struct matter *m);

struct matter_event { /* strings owned; what: "opened", "confirmed", "noted", "overdue", … */
    int64_t matter, time_ms;
    char *who, *what, *note;
};
struct matter_event *matter_event_new(int64_t matter, int64_t time_ms, const char *who,
                                      const char *what, const char *note);
void matter_event_free(struct matter_event *e);

bool matter_move(struct matter *m, enum matter_action on, int64_t now_ms);
bool matter_may(const struct matter *m, enum matter_action on);
bool matter_is_final(enum matter_state s);
const char *matter_action_event(enum matter_action on); /* "confirmed", "noted", …; static */

enum matter_due {
    MATTER_DUE_OVERDUE = 1, /* nobody has dealt with it in its time */
    MATTER_DUE_ENDING = 2,  /* it ends soon */
    MATTER_DUE_EXPIRED = 4
};
#define MATTER_REMIND_S (24 * 3600) /* before its end, or at half of a shorter one */

/* The first later than after_ms; INT64_MAX: nothing. */
int64_t matter_next_ms(const struct matter *m, int64_t after_ms);
/* Bits of enum matter_due for what fell due in (behind_ms, upto_ms]. */
unsigned matter_fallen_due(const struct matter *m, int64_t upto_ms);

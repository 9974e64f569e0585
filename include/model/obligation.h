/*
 * obligation - this representative (or office, desk, test recipient) must learn of this broadcast.
 *
 * The unit that is closed or escalated.  It is discharged by one or more notifications; a
 * notification may serve several obligations (one endpoint, one message).  Only obligation_move()
 * changes a state.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum obligation_kind {
    OBLIGATION_REPRESENTATIVE,
    OBLIGATION_OFFICE,
    OBLIGATION_DESK,
    OBLIGATION_PARTNER,
    OBLIGATION_TEST
};
enum obligation_state {
    OBLIGATION_OPEN,
    OBLIGATION_REACHED,
    OBLIGATION_ACKNOWLEDGED,
    OBLIGATION_SUPERSEDED,
    OBLIGATION_EXPIRED,
    OBLIGATION_ESCALATED,
    OBLIGATION_UNREACHABLE
};
enum obligation_event {
    OBLIGATION_ON_ACCEPTED,
    OBLIGATION_ON_ACKNOWLEDGED,
    OBLIGATION_ON_SUPERSEDED,
    OBLIGATION_ON_EXPIRED,
    OBLIGATION_ON_TAKEN,
    OBLIGATION_ON_ALL_REFUSED,
    OBLIGATION_ON_WRONG_PERSON
};
extern const char *const obligation_kind_names[], *const obligation_state_names[];

/* Why an office, a desk or a partner owes something; representatives are "affected". */
#define OBLIGATION_AFFECTED "affected" /* the consolidated notice */
#define OBLIGATION_NO_REPRESENTATIVE "no-valid-representative"
#define OBLIGATION_ALL_REFUSED "every-endpoint-refused"
#define OBLIGATION_DESTINATION_DOWN "destination-down" /* all their ways lead to one */
#define OBLIGATION_NOT_ACKNOWLEDGED "not-acknowledged" /* the ladder came to them */
#define OBLIGATION_NEEDS_ASSISTANCE "needs-assistance" /* a representative asked for it */
#define OBLIGATION_WRONG_PERSON "wrong-person" /* nobody of the mission is behind an endpoint */
#define OBLIGATION_HANDED_OVER "handed-over"   /* they are on duty from now on */
#define OBLIGATION_HANDED_ON "handed-on"       /* they were until now: for information */

/* What the recipient is told: the whole text (first time), the update's text, that the mission is
 * no longer affected, or that the broadcast is cancelled. */
enum obligation_part { PART_FULL, PART_UPDATE, PART_RELEASE, PART_CANCEL };
extern const char *const obligation_part_names[]; /* "full", "update", "release", "cancel", NULL */

struct obligation {   /* strings owned, never NULL unless noted */
    uint32_t ordinal; /* within its broadcast, from 1 */
    enum obligation_kind kind;
    enum obligation_state state;
    char *recipient; /* "ar-chicago/1", "office:chicago", "desk:pld", "test" */
    char *name, *language, *phone;
    unsigned rank;      /* a representative's; 0 for others */
    const char *reason; /* one of the words above, static */
    enum obligation_part part;
    GPtrArray *missions; /* char * ids, owned: whom it is about */
    char *detail;        /* for a duty contact's: what was tried and the last reply; "" otherwise */
    bool asks;           /* an acknowledgement is asked for: reached is not enough */
    int64_t begun_ms;    /* from when its ladder counts */
    int64_t behind_s;    /* see ladder.h; -1: nothing yet */
    int64_t ladder_due_ms; /* the next firing; 0: none */
    int64_t ended_ms;      /* acknowledged or taken over at; 0: neither */
    int answer;            /* enum answer; ANSWER_NONE: none */
    char *taken_by;        /* who took it over, "unix:root: note"; "" : nobody */
};

struct obligation *obligation_new(void);
void obligation_free(struct obligation *o);
const char *obligation_reason(const char *word);   /* the static word equal to word, or NULL */
bool obligation_is_final(enum obligation_state s); /* nothing more is waited for */
bool obligation_any_asks(const GPtrArray *obligations);
/* Is it done with?  Final, or reached where nobody is asked to acknowledge; but what is unreachable
 * and asks is closed only by a person. */
bool obligation_is_closed(const struct obligation *o);
/* Moves along the table, or returns false and leaves the state where the event changes nothing
 * (an accepted mail for what was acknowledged already). */
bool obligation_move(enum obligation_state *state, enum obligation_event on);

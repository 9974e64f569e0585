/*
 * quorum - has a mission acknowledged, and how many have.
 *
 * Pure.  A mission has its quorum when as many of its representatives have acknowledged as the
 * policy asks for, or all whom it asked where they are fewer.  A mission of which nobody was asked
 * (no valid representative) never has it.  Coverage = missions with their quorum / missions
 * affected (design, section 2).
 */
#pragma once
#include "model/broadcast.h"
#include "model/plan.h"

struct quorum_policy {
    unsigned normal, urgent; /* urgent: urgency immediate or severity extreme; each at least 1 */
    bool remind_after;       /* reminders go on to the others of a mission that has its quorum */
};

enum mission_answer {
    MISSION_WAITING,   /* somebody must still acknowledge */
    MISSION_COVERED,   /* it has its quorum */
    MISSION_TAKEN,     /* no quorum, but a named person has taken it over */
    MISSION_NOT_ASKED, /* this version does not ask it (a release, say), and somebody was reached */
    MISSION_OVER       /* superseded or expired before that */
};
extern const char
    *const mission_answer_names[]; /* "waiting", "covered", "taken", "not-asked", "over", NULL */

struct mission_standing {
    const struct affected_mission *mission; /* borrowed */
    enum mission_answer answer;
    unsigned asked, acknowledged, needed;
    bool reached;             /* at least one representative's message was accepted */
    int64_t first_reached_ms; /* 0: not known; set by the caller from the journal */
};

struct coverage {
    unsigned affected, covered, taken, waiting;
};

unsigned quorum_needed(const struct quorum_policy *p, enum broadcast_urgency u,
                       enum broadcast_severity s);
/* One for each mission that is affected (supersede_is_affected), in their order; caller frees the
 * array.  obligations: struct obligation *, all of the broadcast. */
GArray *quorum_standings(const struct quorum_policy *p, const struct broadcast *b,
                         const GPtrArray *missions, const GPtrArray *obligations);
struct coverage quorum_coverage(const GArray *standings);

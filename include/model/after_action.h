/*
 * after_action - what became of a broadcast, in numbers: the report after it is closed.
 *
 * Pure.  "Reached" is the first representative's message that a relay or an endpoint took (from the
 * journal), "covered" the acknowledgement that completed a mission's quorum.  Missions that a
 * correction only released or cancelled and nobody asked count as affected no more
 * (supersede_is_affected). Strings are the report's own, absent is "".  Times are milliseconds
 * since the epoch, UTC; 0: never.
 */
#pragma once
#include "model/answer.h"
#include "model/quorum.h"

struct after_action_answer { /* an acknowledgement row of the store, borrowed */
    uint32_t obligation;     /* ordinal */
    int64_t time_ms;
    enum answer answer;
    enum answer_method method;
    const char *note; /* hostile */
};

struct after_action_version { /* an earlier or later version of the same event, borrowed */
    const char *id, *identifier, *headline;
    enum broadcast_type type;
    enum broadcast_state state;
    int64_t released_ms;
};

struct after_action_source { /* borrowed */
    const struct broadcast *broadcast;
    int64_t released_ms, closed_ms,
        deadline_ms; /* closed_ms 0: not yet, the report is as of now_ms */
    enum broadcast_state state;
    const GPtrArray *missions;      /* struct affected_mission * */
    const GPtrArray *obligations;   /* struct obligation *, all */
    const GPtrArray *notifications; /* struct notification *, all */
    const GPtrArray *records; /* struct record *, by seq; of other broadcasts are passed over */
    const GArray *answers;    /* struct after_action_answer, by time */
    const GArray *versions;   /* struct after_action_version, oldest first, with itself */
    struct quorum_policy quorum;
    int64_t now_ms;
};

struct after_action_step { /* from time_ms on */
    int64_t time_ms;
    unsigned reached, covered; /* missions */
};

struct after_action_person { /* a representative who never acknowledged */
    char *recipient, *name, *phone;
    char *mission;
    const char *state;  /* obligation_state_names; static */
    const char *answer; /* answer_names: wrong-person, say; "" : none; static */
    char *reply;        /* the last thing an endpoint said, hostile */
};

struct after_action_mission { /* one that was not covered */
    char *id, *name, *office;
    enum threat_level threat;
    enum mission_answer answer;
    bool reached;
    char *taken_by;
};

struct after_action_escalation { /* who was brought in */
    int64_t time_ms;
    char *recipient, *reason, *missions; /* missions: ids joined by blanks */
    const char *state;                   /* what became of it; static, "" : not known */
};

struct after_action_office {
    char *office;
    unsigned missions, reached, covered, taken;
    unsigned waiting; /* nobody answered: it still waits, or it is over */
    int64_t first_reached_ms, last_reached_ms;
    int64_t median_answer_ms; /* from the release to a mission's quorum; -1: none has it */
};

struct after_action {
    char *id, *identifier, *headline;
    enum broadcast_status status;
    enum broadcast_type type;
    enum broadcast_urgency urgency;
    enum broadcast_severity severity;
    enum broadcast_state state;
    int64_t released_ms, closed_ms, as_of_ms;
    bool asked; /* somebody was asked to acknowledge */
    struct coverage coverage;
    unsigned reached; /* missions */
    unsigned representatives, representatives_reached, representatives_acknowledged;
    unsigned messages, reminders, attempts; /* notifications to representatives; attempts of all */
    unsigned by_state[6];                   /* all notifications, by enum notification_state */
    unsigned answers[ANSWER_NONE], methods[2]; /* rows, by enum answer, by enum answer_method */
    int64_t first_reached_ms, last_reached_ms, first_covered_ms, last_covered_ms;
    GArray *steps;          /* struct after_action_step, by time, one an instant */
    GPtrArray *missions;    /* struct after_action_mission *, by threat, then id */
    GPtrArray *people;      /* struct after_action_person *, by mission, then rank */
    GPtrArray *escalations; /* struct after_action_escalation *, by time */
    GPtrArray *versions;    /* struct after_action_version *, copies, oldest first */
    GPtrArray *offices;     /* struct after_action_office *, by id */
};

struct after_action *after_action_make(const struct after_action_source *of);
void after_action_free(struct after_action *a);

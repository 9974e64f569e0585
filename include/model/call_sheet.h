/*
 * call_sheet - who does not know yet, with telephone numbers: what a watch officer works off.
 *
 * Pure: everything comes from the store and the roster, so it is complete while every channel is
 * down. One row for each representative who has not acknowledged, of each mission that is still
 * waiting (MISSION_WAITING: no quorum, not taken); a mission without any representative has one row
 * of rank 0. A representative who was never written to, because the roster holds them as not valid
 * or for want of an endpoint, is listed too when there is a telephone number.  Strings are the
 * sheet's own, absent is
 * "".  Times are milliseconds since the epoch, UTC.
 */
#pragma once
#include "model/quorum.h"
#include "model/roster.h"

struct call_sheet_try {  /* what was tried at one endpoint, reminders included */
    const char *channel; /* static */
    char *endpoint;
    unsigned attempts;
    const char *state; /* notification_state_names, of the last message to it; static */
    char *outcome;     /* of the last attempt; "" : none was made */
    char *reply;       /* what the other side said, hostile */
    int64_t last_ms;   /* 0: no attempt is in the journal */
};

struct call_sheet_row {
    int64_t broadcast_no;
    char *broadcast, *identifier, *headline; /* id, natural name, what it is about */
    enum broadcast_urgency urgency;
    char *mission, *mission_name, *kind, *city, *state, *timezone, *office;
    enum threat_level threat;
    unsigned asked, acknowledged, needed; /* of the mission */
    char *recipient;                      /* "ar-chicago/1"; "" : nobody is known */
    unsigned rank;
    char *name, *phone, *language; /* as the roster has them now where it still has this person */
    char *condition;               /* obligation_state_names, or "not-written-to", or "nobody" */
    char *why;        /* "every-endpoint-refused", "wrong-person", the mission's gaps; "" */
    char *answer;     /* answer_names; "" : none */
    char *local_time; /* now at the mission, "2012-07-16 08:30 CDT" */
    int64_t begun_ms; /* since when; 0: not known */
    GPtrArray *tries; /* struct call_sheet_try * */
    char *taken_by;   /* only in a sheet that shows what was taken */
};

struct call_sheet {
    int64_t now_ms;
    bool with_taken;
    GPtrArray *rows;             /* struct call_sheet_row * */
    unsigned missions, affected; /* that the rows are of; of all broadcasts added */
};

struct call_sheet_source { /* one broadcast as it is stored; borrowed */
    int64_t no;
    const struct broadcast *broadcast;
    const GPtrArray *missions;      /* struct affected_mission * */
    const GPtrArray *obligations;   /* struct obligation *, all */
    const GPtrArray *notifications; /* struct notification *, all */
    const GPtrArray *records; /* struct record * of the broadcast, by seq; others are passed over */
    const struct roster *roster; /* may be NULL */
    struct quorum_policy quorum;
};

/* with_taken: also missions that a named person has taken over. */
struct call_sheet *call_sheet_new(int64_t now_ms, bool with_taken);
void call_sheet_add(struct call_sheet *s, const struct call_sheet_source *of);
/* Highest threat first, then urgency, then mission, broadcast and rank. */
void call_sheet_sort(struct call_sheet *s);
void call_sheet_free(struct call_sheet *s);

/*
 * plan - resolution -> obligations and notifications.
 *
 * One endpoint, one message: notifications are keyed by endpoint (mailboxes compared without case);
 * one that several representatives share serves all their obligations and is in the language of the
 * first of them who is proved (proof.h), else by rank.  Of equal priority proved endpoints go
 * first.  Every endpoint of every valid representative gets one.  Every affected office gets one
 * notice, and so does every desk that is the duty contact of an affected mission.  A mission
 * without a valid representative is an obligation of its duty contact, served by that contact's
 * notice. reach.h decides who may be reached.  Notifications come in send order and are numbered by
 * it; all strings are the plan's own, so that it outlives roster and directory.
 */
#pragma once
#include "model/broadcast.h"
#include "model/faults.h"
#include "model/life.h"
#include "model/notification.h"
#include "model/obligation.h"
#include "model/proof.h"
#include "model/resolution.h"

struct affected_mission { /* what explain and the messages need; strings owned, absent is "" */
    char *id, *name, *kind, *country, *city, *state, *timezone;
    enum threat_level threat;
    char *because, *office, *office_because;
    char *duty; /* "office:chicago" at the time of the plan */
    char *gaps; /* joined by "; ", "" when there are none */
};

struct plan {
    GPtrArray *missions;    /* struct affected_mission * */
    GPtrArray *obligations; /* struct obligation *, ordinals 1… */
    GPtrArray
        *notifications; /* struct notification *, ids carry ordinals 1… and broadcast number 0 */
    int64_t as_of_ms, deadline_ms;
};

struct plan_policy {
    const char
        *test_recipient; /* mailbox that stands in for everybody under status test, "" : nobody */
    struct life_policy life;
    const struct proofs *proofs; /* who has answered before; borrowed; NULL: nobody */
};

/* Faults are warnings, but for one: NULL with an error when more notifications come out than have
 * numbers (NOTIFICATION_MAX_ORDINAL). */
struct plan *plan_make(const struct broadcast *b, const struct resolution *r,
                       const struct plan_policy *p, struct faults *f);
struct plan *plan_new(void);
struct plan *plan_copy(const struct plan *p); /* all of it is the copy's own */
void plan_free(struct plan *p);
struct affected_mission *affected_mission_make(const struct resolved_mission *rm);
struct affected_mission *affected_mission_copy(const struct affected_mission *m);
void affected_mission_free(struct affected_mission *m);

/* One warning ("other-language") about all representatives whose language the text is not in, who
 * they are and what they get. */
void plan_warn_languages(const struct plan *p, const struct broadcast *b, struct faults *f);

/* Sets the broadcast's number in every notification id. */
void plan_number(struct plan *p, int64_t broadcast_no);

/* Who can be told that something is theirs now: an office, a desk or a partner.  All borrowed. */
struct plan_contact {
    enum obligation_kind kind;
    const char *id, *name, *tel;
    const struct contact *contact;
    bool exercises; /* opted in to them */
};
struct plan_contact plan_contact_of_office(const struct office *o);
struct plan_contact plan_contact_of_desk(const struct desk *k);
struct plan_contact plan_contact_of_partner(const struct partner *p);
struct plan_contact plan_contact_of_duty(const struct duty *y);
/* reach.h's answer for one.  To be asked before plan_escalate(). */
bool plan_reaches(const struct plan_contact *to, enum broadcast_status status);

/* An obligation of that contact for a mission, NULL: none (and its notifications, one an endpoint);
 * appended to *into with ordinals following the given ones.  Of a contact without an endpoint it is
 * unreachable from birth. */
void plan_escalate(struct plan *into, uint32_t next_obligation, uint32_t next_notification,
                   int64_t broadcast_no, const struct plan_contact *to, const char *mission,
                   const char *reason, const char *detail, uint32_t priority, int64_t deadline_ms);

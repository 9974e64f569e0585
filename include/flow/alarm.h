/*
 * alarm - a message of the daemon itself to those who must act, or who asked.
 *
 * It is a broadcast of status system with a plan of its own, so that it is stored with what caused
 * it and is queued, retried and recorded like any other.  Where somebody is asked to answer it
 * carries a personal link, if links are configured.
 */
#pragma once
#include "io/config.h"
#include "model/plan.h"
#include "store/store.h"

struct alarm {
    struct broadcast_row *row;
    struct plan *plan;
    char *event; /* "alarm.approval", … */
    char *about; /* id of the broadcast that it is about, "" */
};

enum alarm_audience { ALARM_DUTY_DESK, ALARM_COMMAND_CENTER, ALARM_APPROVERS };

/* Pure but for the new id; any thread.  headline and text are English.  The desk is told over its
 * mailbox and its webhook.  NULL when nobody is configured to hear it, which the log says. */
struct alarm *alarm_new(const struct config *c, enum alarm_audience to, const char *event,
                        const char *about, const char *headline, const char *text, int64_t now_ms);

struct alarm_recipient { /* borrowed; absent is NULL or "" */
    enum obligation_kind kind;
    const char *recipient, *name, *language, *phone; /* language absent: "en" */
    const char *email, *webhook;                     /* both absent: told nothing */
    unsigned rank;                                   /* of a representative */
    bool asks;                                       /* must answer, where links are configured */
    const char *mission; /* the one it is about; NULL: all of the message's */
};

struct alarm_message { /* borrowed */
    const char *name;  /* of the identifier; NULL: "alarm" */
    const char *event, *about;
    const GPtrArray *messages; /* struct message *: taken over; the first is the headline */
    enum broadcast_urgency urgency;
    int64_t life_ms;          /* 0: a day */
    GPtrArray *missions;      /* struct affected_mission *: taken over; NULL: about none */
    const GPtrArray *masters; /* keys of personal links; NULL: none */
};
/* One language's text, for messages; the alarm frees it. */
struct message *alarm_message_in(const char *language, const char *headline, const char *text);
/* To anybody: NULL when none of the recipients has an endpoint, and what was taken over is freed.
 */
struct alarm *alarm_to(const struct config *c, const struct alarm_message *m,
                       const struct alarm_recipient *to, size_t n, int64_t now_ms);

void alarm_free(struct alarm *a);
bool alarm_store(struct store *s, struct alarm *a, const char *node, int64_t now_ms,
                 GError **error);

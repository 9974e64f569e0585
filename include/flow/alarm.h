/*
 * alarm - a message of the daemon itself to those who must act: approvers, or the duty desk.
 *
 * It is a broadcast of status system with a plan of its own, so that it is stored with what caused
 * it and is queued, retried and recorded like any other.
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

enum alarm_audience { ALARM_DUTY_DESK, ALARM_APPROVERS };

/* Pure but for the new id; any thread.  headline and text are English.  NULL when nobody is
 * configured to hear it. */
struct alarm *alarm_new(const struct config *c, enum alarm_audience to, const char *event,
                        const char *about, const char *headline, const char *text, int64_t now_ms);
void alarm_free(struct alarm *a);
bool alarm_store(struct store *s, struct alarm *a, const char *node, int64_t now_ms,
                 GError **error);

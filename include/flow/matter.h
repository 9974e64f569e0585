/*
 * matter - how a matter comes into being and moves: the store's side of the missions' way back.
 *
 * A hand is made on the loop thread before the store's work, lent to it, and ended on the loop
 * after the commit or its failure.  Everything else here runs on the store thread, inside the
 * caller's transaction: the matter, its history, the record and the notices that it causes are
 * stored together.
 */
#pragma once
#include "flow/service.h"
#include "model/answer.h"
#include "model/matter.h"
#include "model/notification.h"
#include "model/plan.h"

struct matter_hand {
    struct config *config; /* one reference each */
    struct roster *roster;
    struct template_set *templates;
    GPtrArray *masters; /* NULL: there are no personal links */
    int64_t now_ms;
    GPtrArray *alarms; /* struct alarm *: what was stored with it, to be sent */
    GArray *opened;    /* int64_t: numbers of the matters opened */
    int64_t due_ms;    /* the earliest that something of them falls due; INT64_MAX: nothing */
};
struct matter_hand *matter_hand_new(struct service *s);
/* Sends what was stored, if it was committed; frees it. */
void matter_hand_done(struct service *s, struct matter_hand *h, bool committed);

/* Stores m, which has kind, urgency, mission, body, opened_by and about, and tells: its owner, the
 * mission (with its number), the partner of a protective response, and whoever the kind says
 * beside them.  Sets the rest of m. */
bool matter_store(struct store *s, struct matter_hand *h, struct matter *m, GError **error);

/* A message was answered with "wrong-person": for each mission that it served, a contact update
 * that takes the endpoint from that representative once the office's agent confirms it.  One that
 * waits already is not opened twice, and a question of a matter's own opens none. */
struct matter_wrong_person { /* borrowed */
    const struct broadcast_row *row;
    const struct notification *notification;
    const GPtrArray *obligations; /* struct obligation *: what it serves */
    const char *note;             /* the person's words; NULL: none */
};
bool matter_open_correction(struct store *s, struct matter_hand *h,
                            const struct matter_wrong_person *w, GError **error);

/* What an answered message is to a matter: the proof of a new address, or the partner's
 * acknowledgement.  Nothing for a message that belongs to none.  For every answer of whatever
 * broadcast. */
bool matter_take_answer(struct store *s, struct matter_hand *h, const struct broadcast_row *row,
                        const GPtrArray *obligations, enum answer a, const char *note,
                        GError **error);

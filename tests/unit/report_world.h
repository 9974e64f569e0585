/*
 * report_world - call_world with the answers and versions that the after-action report is made of.
 */
#pragma once
#include "call_world.h"
#include "model/after_action.h"

static const struct after_action_answer report_answers[] = {
    { 6, CALL_RELEASED + 4 * CALL_MINUTE, ANSWER_UNDERSTOOD, METHOD_PAGE, "" },
    { 3, CALL_RELEASED + 6 * CALL_MINUTE, ANSWER_WRONG_PERSON, METHOD_PAGE, "I have left." },
    { 6, CALL_RELEASED + 9 * CALL_MINUTE, ANSWER_NEED_ASSISTANCE, METHOD_WEBHOOK, "" },
};

static const struct after_action_version report_versions[] = {
    { "before", "PLD-2012-0116", "Demonstrations expected", TYPE_ALERT, BROADCAST_SUPERSEDED,
      CALL_RELEASED - 60 * CALL_MINUTE },
    { CALL_ID, "PLD-2012-0117", "Demonstrations near foreign missions, Chicago", TYPE_UPDATE,
      BROADCAST_CLOSED, CALL_RELEASED },
};

static inline struct after_action *report_of(const struct call_world *w)
{
    g_autoptr(GArray) answers = g_array_new(FALSE, FALSE, sizeof(struct after_action_answer));
    g_array_append_vals(answers, report_answers, G_N_ELEMENTS(report_answers));
    g_autoptr(GArray) versions = g_array_new(FALSE, FALSE, sizeof(struct after_action_version));
    g_array_append_vals(versions, report_versions, G_N_ELEMENTS(report_versions));
    struct after_action_source of = { .broadcast = w->broadcast,
                                      .released_ms = CALL_RELEASED,
                                      .closed_ms = CALL_NOW,
                                      .deadline_ms = CALL_RELEASED + 240 * CALL_MINUTE,
                                      .state = BROADCAST_CLOSED,
                                      .missions = w->missions,
                                      .obligations = w->obligations,
                                      .notifications = w->notifications,
                                      .records = w->records,
                                      .answers = answers,
                                      .versions = versions,
                                      .quorum = w->quorum,
                                      .now_ms = CALL_NOW };
    return after_action_make(&of);
}

/*
 * answer - what a person at the mission says to a message, and how it reached us.
 *
 * An acknowledgement is always a person's: never inferred from delivery (design, section 2).
 * "wrong-person" acknowledges nothing: there is nobody of the mission behind that endpoint, so the
 * obligation becomes unreachable; the other three acknowledge.
 */
#pragma once
#include "model/obligation.h"

enum answer {
    ANSWER_UNDERSTOOD,
    ANSWER_NEED_ASSISTANCE,
    ANSWER_NOT_AFFECTED,
    ANSWER_WRONG_PERSON,
    ANSWER_NONE
};
enum answer_method {
    METHOD_PAGE,
    METHOD_WEBHOOK
}; /* the personal page with its code; a signed API call */

/* "understood", "need-assistance", "not-affected", "wrong-person", NULL; "page", "webhook", NULL.
 */
extern const char *const answer_names[], *const answer_method_names[];

/* What it does to the obligations that its message serves. */
enum obligation_event answer_event(enum answer a);

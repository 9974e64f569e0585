/*
 * world_decide - a person decides about a broadcast of a world, and how many it then went to.
 */
#pragma once
#include "flow/decision.h"
#include "world.h"

struct world_decision {
    bool there;
    enum decision_outcome outcome;
    unsigned missions;
    char reason[200];
};
extern struct world_decision world_decided; /* the last answer */

/* id NULL: of the last one accepted.  Runs until it is answered. */
enum decision_outcome world_decide(struct world *w, const struct decision_request *q);
unsigned world_sent_to(const struct world *w, const char *part); /* of an endpoint: attempts */
unsigned world_to_missions(const struct world *w);

/*
 * supersede_said - what an endpoint knows already, and what it still has to hear.
 *
 * Questions to a history; the endpoint's topics must be marked as covered where the new plan speaks
 * of them.
 */
#pragma once
#include "model/supersede_history.h"

struct said { /* all borrowed */
    const struct history *h;
    const struct broadcast *b;      /* the update or cancel */
    const struct version *versions; /* those that the words' numbers count */
};

bool said_is_affected(const struct said *s, guint mission);
/* Was the endpoint told of it, and not told since that it is over? */
bool said_was_told(const struct said *s, guint endpoint, guint mission);
/* Must the endpoint be told something about a topic that the new plan does not cover? */
bool said_must_say(const struct said *s, const struct history_endpoint *e,
                   const struct history_topic *t, const struct history_word *word);
/* Does n, planned anew for that endpoint, say only what it certainly has, and is there nothing else
 * to say? */
bool said_knows_all(const struct said *s, const GPtrArray *obligations, guint endpoint,
                    const struct notification *n);

/*
 * people - what persons do in a world: they answer links and take missions over.
 */
#pragma once
#include "flow/acknowledge.h"
#include "flow/takeover.h"
#include "world.h"

/* The last message that endpoint was sent, of whatever broadcast (NULL identifier) or of that one;
 * NULL: none. */
const struct sent *people_last(const struct world *w, const char *endpoint, const char *identifier);
/* How many reached it (accepted) whose why begins with the given text; from and until: in [from,
 * until) ms of the wall clock; until 0: no end. */
unsigned people_heard(const struct world *w, const char *endpoint, const char *why);
unsigned people_heard_between(const struct world *w, const char *endpoint, const char *why,
                              int64_t from_ms, int64_t until_ms);

/* Answers that message by its link and code, on the page. */
enum acknowledge_outcome people_answer(struct world *w, const struct sent *s, enum answer a,
                                       const char *note);
/* With a code of one's own. */
enum acknowledge_outcome people_try(struct world *w, const struct sent *s, const char *code,
                                    enum answer a, const char *note);
enum acknowledge_outcome people_look(struct world *w, const struct sent *s);
/* mission NULL: all that wait. */
enum takeover_outcome people_take(struct world *w, const char *id, const char *mission);

struct standing { /* of an obligation, as the store has it */
    bool there;
    enum obligation_state state;
    bool asks;
    int answer;
    int64_t behind_s, ladder_due_ms;
    unsigned left; /* obligations of the broadcast that are not closed */
    enum broadcast_state broadcast;
};
/* Of that recipient in the broadcast of that id; recipient NULL: only the broadcast. */
struct standing people_standing(struct world *w, const char *id, const char *recipient);

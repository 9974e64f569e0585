/*
 * chores - what has to be written down although nobody asked for it: tried again until it is.
 *
 * One chore is one transaction, in the order in which they were added; one that fails is tried
 * again at the next look.  Loop thread only.
 */
#pragma once
#include "flow/alarm.h"
#include "flow/service.h"

struct chore {             /* every member may be NULL or false */
    struct record *record; /* for the journal; owned */
    struct alarm *alarm;   /* to be stored and sent; owned */
    /* The wall clock was set back: what a wrong future was given is brought back to now
     * (clock_back of the store). */
    bool back;
    bool rethink; /* then everything that is due is looked at anew */
};

struct chores;

struct chores *chores_new(struct service *s);
void chores_add(struct chores *c, struct chore what); /* takes what it points to */
void chores_look(struct chores *c);
void chores_free(struct chores *c);

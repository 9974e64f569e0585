/*
 * crowd - those whom we wait for, and who of them gives way where there are too many.
 *
 * Pure.  Of those who have kept us waiting longest, the one goes whose network has most of all who
 * wait: a flood from one network crowds out itself, and one from everywhere whoever stands about;
 * who says at once what it wants is served in both.
 *
 *   struct crowd_member m = { .owner = me };
 *   crowd_enter(c, &m);
 *   crowd_name(c, &m, "192.0.2.7");
 *   crowd_leave(c, &m);
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

#define CROWD_LOOKS_AT 64 /* of the longest waiting */

struct crowd_member { /* zero but for owner; borrowed while it is in */
    void *owner;
    GList link;
    char *network; /* the crowd's; NULL: not named yet */
    bool is_in;
};

struct crowd;
struct crowd *crowd_new(void);
void crowd_free(struct crowd *c); /* whoever is in is forgotten */

void crowd_enter(struct crowd *c, struct crowd_member *m); /* begins to wait anew, last of all */
void crowd_leave(struct crowd *c, struct crowd_member *m); /* may be out already; keeps its name */
void crowd_name(struct crowd *c, struct crowd_member *m, const char *network); /* once */
void crowd_forget(struct crowd *c, struct crowd_member *m);                    /* out for good */

/* Who goes first; NULL: nobody is in. */
struct crowd_member *crowd_first(const struct crowd *c);
/* The longest waiting for which fits() is true; NULL: none. */
struct crowd_member *crowd_find(const struct crowd *c, bool (*fits)(const struct crowd_member *m));

/*
 * supersede - what an update or a cancel says to whom.
 *
 * Pure.  Everyone whom any earlier version may have reached gets the last word, besides the new
 * audience (design, section 4, rule 4; CAP 1.2 section 3.2.1, msgType).  By endpoint: told before,
 * and one of its missions is still affected: the update's text (PART_UPDATE); told before, and none
 * is: the release text (PART_RELEASE); under a cancel PART_CANCEL; not told before, but affected
 * now: the whole text (PART_FULL); not told before and not affected: nothing. An endpoint that
 * certainly has the same words already (what it was told last is TOLD_YES, says the same to a
 * reader but for the expiry, and was about the same missions) gets no message: its obligations
 * start as reached.  Nor is a release that certainly arrived said again while it holds, but a
 * cancel goes to the released too. Whoever was told under an address that the roster no longer has
 * is told there too. A representative whom a person told (acknowledged, escalated) counts as maybe
 * told.  Corrections go ahead of everything of their urgency, which is the most urgent of the
 * chain.  Versions of another status count for nothing.
 *
 * What one recipient is told of several missions is one obligation for each part.  The missions
 * that are no longer affected stand in the plan behind the affected ones, with one of the words
 * below as their because: messages name them and their office.
 */
#pragma once
#include "model/plan.h"

#define SUPERSEDE_RELEASED "no longer affected"
#define SUPERSEDE_CANCELLED "cancelled"
/* Is it in the plan because it is affected, and not to be told that it no longer is? */
bool supersede_is_affected(const struct affected_mission *m);

/* May sender correct what owner has sent: its own, or anybody's if it is one of those named for it
 * (char *, NULL: nobody)?  Design, section 4, rule 4. */
bool supersede_may(const char *sender, const char *owner, const GPtrArray *named);

struct version { /* an earlier version as the store has it; all borrowed */
    const struct broadcast *broadcast;
    const GPtrArray *missions;    /* struct affected_mission * */
    const GPtrArray *obligations; /* struct obligation * */
    const GPtrArray
        *notifications; /* struct notification *, told set (in flight counts as maybe) */
};

/* fresh: plan_make() of the new audience, taken over; for a cancel an empty plan with its deadline.
 * versions: oldest first.  NULL where more notifications come out than have numbers. */
struct plan *supersede_plan(const struct broadcast *b, struct plan *fresh,
                            const struct version *versions, size_t n_versions);

/* b has gone out by the plan `had`, as it is stored, and only then was it known that the versions
 * are of its event too: had with what b has still to say to those whom they may have reached behind
 * it, in each of its arrays.  Whom had speaks to already is left in peace; whom it affects and they
 * told that it is over hears that it is not.  Numbers go on after had's.  NULL as above. */
struct plan *supersede_rest(const struct broadcast *b, const struct plan *had,
                            const struct version *versions, size_t n_versions);

/* Do the two say the same to a reader of that language, but for expiry, effective and incident? */
bool supersede_same_words(const struct broadcast *before, const struct broadcast *after,
                          const char *language);

/*
 * escalation - what the people at a mission do not see to becomes somebody's obligation, at once:
 * an office's, a desk's or a partner's.
 *
 * Runs on the store thread, inside the transaction that found it out.  Gathered first, then stored:
 * all that is gathered for one contact and one reason is one obligation with a list of missions.
 * Its notice goes out ESCALATION_GATHER_MS later, or with one to that contact that still waits.
 */
#pragma once
#include "flow/casefile.h"
#include "model/directory.h"
#include "model/ladder.h"
#include "store/store.h"

#define ESCALATION_GATHER_MS 2000

struct escalation;

/* All borrowed until it is freed.  priority: of the notices. */
struct escalation *escalation_new(const struct directory *d, const struct casefile *c,
                                  const char *node, int64_t now_ms, uint32_t priority);
void escalation_free(struct escalation *e);
/* The same for the highest threat level among the missions of the broadcast. */
uint32_t escalation_priority(const struct casefile *c);

/* Lanes (a set, borrowed) over which nobody can be told now: a contact who could only be told over
 * them is passed over, for the Command Center if that can. */
void escalation_avoid(struct escalation *e, const GHashTable *lanes);
/* The missions of o go to LADDER_OFFICE, _DUTY, _COMMAND_CENTER or _PARTNER of now; reason is a
 * word of obligation.h, what stands in the notice behind the person's name.  An office or desk that
 * cannot be reached itself goes to the Command Center; so does an alarm that it refuses, which says
 * there what it said here.  False: there is nobody, or the status
 * forbids it. */
bool escalation_add(struct escalation *e, const char *reason, enum ladder_whom whom,
                    const struct obligation *o, const char *what);
/* One mission to a contact that is known; line NULL: none.  False: the status forbids it. */
bool escalation_add_mission(struct escalation *e, const char *reason, const struct plan_contact *to,
                            const char *mission, const char *line);

/* Appends the new notifications to out (struct notification *, owned). */
bool escalation_store(struct store *s, struct escalation *e, GPtrArray *out, GError **error);

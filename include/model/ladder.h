/*
 * ladder - who is told when a representative does not acknowledge, and after how long.
 *
 * Pure.  The ladder is a list of steps from the configuration; those that match the broadcast's
 * urgency and the mission's threat level are one obligation's ladder.  A step fires `times` times,
 * every_s apart, the first after_s after the obligation began.  What an obligation has behind it is
 * one number, the seconds up to which its firings were taken: so each firing is taken once, also
 * across restarts, reloads and clock steps.
 */
#pragma once
#include "model/broadcast.h"
#include "model/mission.h"
#include "model/obligation.h"
#include <stddef.h>

enum ladder_whom {
    LADDER_REPRESENTATIVE,      /* once more, on every endpoint */
    LADDER_NEXT_REPRESENTATIVE, /* the next of the mission who has not acknowledged */
    LADDER_OFFICE,
    LADDER_DUTY,
    LADDER_COMMAND_CENTER,
    LADDER_PARTNER
};
extern const char *const ladder_whom_names[]; /* "representative", "next-representative", "office",
                                                 "duty", "command-center", "partner", NULL */

struct ladder_step {
    unsigned urgencies;            /* bits 1 << enum broadcast_urgency */
    enum threat_level threat_from; /* of the obligation's missions, the highest counts */
    unsigned states;               /* bits 1 << enum obligation_state: open, reached, unreachable */
    enum ladder_whom whom;
    int64_t after_s, every_s; /* every_s: 0 with times 1 */
    unsigned times;           /* at least 1 */
};

/* A campaign's own: it reminds after a day, then every three; what ends sooner ends it. */
extern const struct ladder_step ladder_campaign[];
#define LADDER_CAMPAIGN_STEPS 2

#define LADDER_NONE INT64_MAX
#define LADDER_NOTHING_YET (-1) /* behind_s of an obligation of which no firing was taken */

/* Seconds after its beginning of the first firing later than behind_s, or LADDER_NONE. */
int64_t ladder_next_s(const struct ladder_step *steps, size_t n, enum broadcast_urgency u,
                      enum threat_level t, int64_t behind_s);
/* Whom the firings in (behind_s, upto_s] concern, for an obligation in that state: bits
 * 1 << enum ladder_whom; each once, however many fell due. */
unsigned ladder_fired(const struct ladder_step *steps, size_t n, enum broadcast_urgency u,
                      enum threat_level t, enum obligation_state state, int64_t behind_s,
                      int64_t upto_s);

/*
 * year - random broadcasts, people and troubles on any day of 2026 and 2027, and what must hold
 * afterwards.
 */
#pragma once
#include "people.h"

#define YEAR_SECOND INT64_C(1000)
#define YEAR_MINUTE (60 * YEAR_SECOND)
#define YEAR_HOUR (60 * YEAR_MINUTE)
#define YEAR_DAY (24 * YEAR_HOUR)
/* A step that is due is taken within this while the daemon is up: a failing store is tried again
 * after a second, a few times over. */
#define YEAR_SLACK_MS (15 * YEAR_SECOND)

struct span { /* the daemon was up */
    int64_t from_ms, to_ms;
};

struct year {
    uint32_t seed;
    GRand *rand;
    struct world *world;
    GArray *up;                  /* struct span, in order */
    GArray *intents;             /* struct intent: answers that somebody is about to give */
    guint seen;                  /* messages of the world that people have looked at */
    int64_t over_ms;             /* the last deadline */
    GString *story;              /* what was done, a line each */
    GString *broken;             /* promises that were broken, a line each */
    unsigned firings, handovers; /* that were expected for certain, and came */
};

void year_live(struct year *y);
void year_check(struct year *y);

/* A line for the story or the broken promises, with the time since the world's start. */
void year_tell(GString *to, int64_t at_ms, const char *format, ...) G_GNUC_PRINTF(3, 4);

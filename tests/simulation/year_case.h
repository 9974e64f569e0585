/*
 * year_case - one broadcast of a year, as its journal tells it: who stood where at any instant.
 *
 * Nothing of the daemon's own cursors is looked at; of the stored plan only whom it asks, from
 * when, and what was carried over from the version before.
 */
#pragma once
#include "flow/dossier.h"
#include "year.h"

struct replay {     /* at one instant */
    GArray *states; /* enum obligation_state by ordinal - 1 */
};

struct year_case {
    const struct year *y;
    const struct dossier *d;
    const struct config *config;
    GPtrArray *own; /* const struct record *: of this broadcast, by seq */
    int64_t end_ms; /* nothing is waited for any more */
};

struct year_case *year_case_new(const struct year *y, const struct dossier *d);
void year_case_free(struct year_case *c);

/* After the records before index upto. */
void year_case_replay(const struct year_case *c, guint upto, struct replay *r);
/* Index of the first record later than at_ms. */
guint year_case_after(const struct year_case *c, int64_t at_ms);
bool year_case_tells(const struct record *r, const char *mission); /* is it about the mission? */

const struct affected_mission *year_case_mission(const struct year_case *c, const char *id);
/* An affected mission without its quorum that nobody has taken. */
bool year_case_waits(const struct year_case *c, const struct replay *r, const char *mission);
/* Nothing that bears on that mission happens in the window. */
bool year_case_is_calm(const struct year_case *c, const char *mission, int64_t from_ms,
                       int64_t to_ms);

/* When something due at due_ms is done: the window [from, to] of a daemon that is up long enough.
 */
struct span year_case_window(const struct year *y, int64_t due_ms);

/*
 * year_case - one broadcast of a year, as its journal tells it: who stood where at any instant.
 *
 * Nothing of the daemon's own cursors is looked at; of the stored plan only whom it asks, from
 * when, and what was carried over from the version before.
 */
#pragma once
#include "flow/dossier.h"
#include "year.h"

struct stood {
    enum obligation_state state;
    bool wrong; /* the last word was that of a wrong person */
};
struct replay {    /* at one instant */
    GArray *stood; /* struct stood by ordinal - 1 */
};

struct year_case {
    const struct year *y;
    const GPtrArray *all; /* struct dossier * */
    const struct dossier *d;
    const struct config *config;
    GPtrArray *own; /* const struct record *: of this broadcast, by seq */
    GArray *births; /* struct stood by ordinal - 1: what they were born as */
    int64_t end_ms; /* nothing is waited for any more */
};

/* all: every dossier of the year, with that one. */
struct year_case *year_case_new(const struct year *y, const GPtrArray *all,
                                const struct dossier *d);
void year_case_free(struct year_case *c);

struct replay year_case_replay_new(void);
void year_case_replay_free(struct replay *r);
enum obligation_state year_case_state(const struct replay *r, guint i);

/* After the records before index upto. */
void year_case_replay(const struct year_case *c, guint upto, struct replay *r);
/* Index of the first record later than at_ms. */
guint year_case_after(const struct year_case *c, int64_t at_ms);
bool year_case_tells(const struct record *r, const char *mission); /* is it about the mission? */

/* The last version before that one with the same words, with whose ladder o of it goes on, and the
 * obligation there; NULL: it began its own. */
const struct dossier *year_case_continued(const GPtrArray *all, const struct dossier *of,
                                          const struct obligation *o,
                                          const struct obligation **before);
int64_t year_case_sent_ms(const struct dossier *d); /* from when on something may be sent of it */
int64_t year_case_end_ms(const struct dossier *d);  /* nothing of it is waited for any more */

const struct affected_mission *year_case_mission(const struct year_case *c, const char *id);
/* An affected mission without its quorum that nobody has taken. */
bool year_case_waits(const struct year_case *c, const struct replay *r, const char *mission);
/* Nothing that bears on that mission happens in the window. */
bool year_case_is_calm(const struct year_case *c, const char *mission, int64_t from_ms,
                       int64_t to_ms);

/* When something due at due_ms is done: the window [from, to] of a daemon that is up long enough.
 */
struct span year_case_window(const struct year *y, int64_t due_ms);

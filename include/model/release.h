/*
 * release - may a broadcast go out at once, and who may let it go.
 *
 * Pure.  A policy is a list of rules; the first that matches status and reach decides.  Without a
 * rule nothing needs a second person.  The author never approves; a cancel never waits.
 */
#pragma once
#include "model/broadcast.h"

struct release_rule {
    unsigned statuses;      /* bits 1 << enum broadcast_status */
    unsigned missions_from; /* reach: at least so many missions */
    bool second_person;     /* false: none */
    int64_t
        deadline_s; /* a pending one lapses after it; the approvers are reminded at half of it */
};

/* "actual 100 1800": status, least number of missions, seconds (60 to a week) for the second
 * person. False with *why (static). */
bool release_rule_parse(struct release_rule *r, const char *text, const char **why);

/* The rule that decides, or NULL: released at once. */
const struct release_rule *release_rule_for(const struct release_rule *rules, size_t n,
                                            const struct broadcast *b, unsigned missions);

enum release_verdict {
    RELEASE_ALLOWED,
    RELEASE_BY_AUTHOR,   /* the author cannot approve */
    RELEASE_NOT_PENDING, /* already decided */
    RELEASE_LAPSED,      /* the deadline has passed */
    RELEASE_NO_REASON,   /* the way round needs a reason */
    RELEASE_NOT_URGENT   /* the way round is for urgency immediate */
};
enum release_verdict release_approve(enum broadcast_state state, const char *author,
                                     const char *principal, int64_t deadline_ms, int64_t now_ms);
/* The logged way round: by anybody who may publish, the author included. */
enum release_verdict release_bypass(enum broadcast_state state, enum broadcast_urgency u,
                                    const char *reason, int64_t deadline_ms, int64_t now_ms);

/* Words of text that contradict the status ("this is not a drill" in an exercise, "this is only a
 * test" in a live one; static text), or NULL.  English, Spanish, French, Portuguese, Arabic,
 * German, Italian, Russian, Chinese and Japanese; disguised by lookalike or unseen characters as
 * well.  text may be NULL. */
const char *release_contradicts(enum broadcast_status status, const char *text);
/* The same of every text of a broadcast; *message (may be NULL) says which it was. */
const char *release_contradiction(const struct broadcast *b, size_t *message /* index */);

/* Why not, in a sentence; NULL: allowed. */
const char *release_verdict_sentence(enum release_verdict v);
/* What the approver looked at and what would go out must be the same missions (ids joined by
 * blanks):
 * "+id" and "-id" joined by blanks, owned by the caller; NULL: they are. */
char *release_difference(const char *seen, const char *now);

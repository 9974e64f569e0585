/*
 * resolution - audience + roster -> missions, each with its reason, office, duty contact and
 * representatives.
 *
 * Pure: the instant is given.  Every value of the audience is checked, with the JSON pointer below
 * base_place and "did you mean" where something is close.  Errors: unknown-mission,
 * unknown-country, unknown-kind, unknown-city, ambiguous-city (a bare name that fits several
 * states, all named), unknown-state, unknown-office, malformed-county, unknown-county, threat,
 * empty-audience, empty-field, mixed-forms, too-deep, no-office.  Warnings: matches-nothing (a
 * known value without missions), no-missions, no-coordinates, no-county (missions that could not be
 * judged).  Missions come in roster order.
 */
#pragma once
#include "model/audience.h"
#include "model/duty.h"
#include "model/faults.h"
#include "model/roster.h"

struct resolved_mission {
    const struct mission *mission; /* borrowed from the roster */
    char *because;                 /* "cities[0] = Chicago, IL"; several fields joined by "; " */
    const struct office *office;   /* borrowed from the directory */
    char *office_because;
    struct duty duty;
    GPtrArray *representatives; /* const struct representative *: the valid ones, by rank */
    GPtrArray *gaps; /* char *: "no valid representative", "fewer than two valid representatives",
                        "representative 2 expired 2012-06-30", …; NULL: none */
};

struct resolution {
    struct roster *roster;       /* owned reference */
    struct directory *directory; /* owned reference */
    int64_t as_of_ms;
    GPtrArray *missions; /* struct resolved_mission *, owned */
};

/* NULL when f received an error; warnings go to f as well.  base_place is e.g. "/audience". */
struct resolution *resolution_make(const struct audience *a, struct roster *r, struct directory *d,
                                   int64_t as_of_ms, const char *base_place, struct faults *f);
/* Of nobody: a cancel has no missions of its own. */
struct resolution *resolution_empty(struct roster *r, struct directory *d, int64_t as_of_ms);
void resolution_free(struct resolution *r);

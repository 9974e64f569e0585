/*
 * resolution - audience + roster -> missions, each with its reason, office, duty contact and
 * representatives.
 *
 * Pure: the instant is given.  Every value of the audience is checked: an unknown mission, country,
 * kind, city, state or office is an error that names the JSON pointer below base_place, with "did you
 * mean" where something is close; a bare city name that fits two states is refused with both named.
 * A known place without missions is a warning.  Missions come in roster order.
 */
#pragma once
#include "model/audience.h"
#include "model/duty.h"
#include "model/faults.h"
#include "model/roster.h"

struct resolved_mission {
    const struct mission *mission;    /* borrowed from the roster */
    char *because;                    /* "cities[0] = Chicago, IL"; several fields joined by "; " */
    const struct office *office;      /* borrowed from the directory */
    char *office_because;
    struct duty duty;
    GPtrArray *representatives;       /* const struct representative *: the valid ones, by rank */
    GPtrArray *gaps;                  /* char *: "no valid representative", "fewer than two valid representatives",
                                         "representative 2 expired 2012-06-30", … */
};

struct resolution {
    struct roster *roster;       /* owned reference */
    struct directory *directory; /* owned reference */
    int64_t as_of_ms;
    GPtrArray *missions;         /* struct resolved_mission *, owned */
};

/* NULL when f received an error; warnings go to f as well.  base_place is e.g. "/audience". */
struct resolution *resolution_make(const struct audience *a, struct roster *r, struct directory *d,
                                   int64_t as_of_ms, const char *base_place, struct faults *f);
void resolution_free(struct resolution *r);

/*
 * selector - an audience checked against the roster and the directory, made ready to ask.
 *
 * A part of resolution.  Every value becomes an entry of a hash table, so that asking about one
 * mission costs a look-up per field however many values a field has.  Values remember whether any
 * mission had them, for the warnings afterwards.  Everything is borrowed from the audience, the
 * roster and the directory, which must outlive it.
 */
#pragma once
#include "model/audience.h"
#include "model/directory.h"
#include "model/faults.h"
#include "model/roster.h"

enum selector_field {
    SELECTOR_MISSIONS,
    SELECTOR_COUNTRIES,
    SELECTOR_KINDS,
    SELECTOR_CITIES,
    SELECTOR_STATES,
    SELECTOR_OFFICES,
    SELECTOR_COUNTIES,
    SELECTOR_FIELDS
};
extern const char *const selector_field_names[SELECTOR_FIELDS];

struct selector_value {
    const char *text; /* as given; borrowed */
    guint index;
    char *key;   /* what a mission is compared with; owned */
    char *state; /* of a city; owned, NULL for other fields */
    bool hit, repeated;
    struct selector_value *next; /* another city of that name; borrowed */
};

struct selector {
    const struct audience *audience;
    char *place;                         /* JSON pointer; owned */
    char *prefix;                        /* "" or "any_of[1]."; owned */
    GPtrArray *values[SELECTOR_FIELDS];  /* struct selector_value *, owned; NULL: field absent */
    GHashTable *by_key[SELECTOR_FIELDS]; /* key -> struct selector_value * */
    bool whole_states;                   /* some county stands for a whole state */
    bool *area_hit;                      /* by index of audience->areas; owned */
    guint areas_unhit, n_pointless, n_countyless; /* missions that could not be judged */
    bool hit;
    bool removes;            /* part of an except */
    GPtrArray *any_of;       /* struct selector *, owned; NULL: not this form */
    struct selector *except; /* owned; NULL: none */
};

/* A mission being asked about; the office is looked up when first needed. */
struct selector_candidate {
    const struct mission *mission;
    const struct directory *directory;
    bool looked_up;
    const struct office *office; /* NULL: none can be told */
    char *office_because;        /* owned by whoever made the candidate */
};
const struct office *selector_office(struct selector_candidate *c);

/* NULL when f received an error. */
struct selector *selector_new(const struct audience *a, const struct roster *r,
                              const struct directory *d, const char *place, struct faults *f);
void selector_free(struct selector *s);

/* Places in the roster, ascending, beyond which no mission can be meant; the caller's.  NULL: every
 * mission has to be asked about. */
GArray *selector_named(const struct selector *s, const struct roster *r);
/* Is the mission meant?  The reason is appended to because (NULL: not wanted). */
bool selector_match(struct selector *s, struct selector_candidate *c, GString *because);
/* After every mission that has to be was asked about: a warning for what matched nothing. */
void selector_warn(const struct selector *s, struct faults *f);

/*
 * directory - the offices, desks and partners of the configuration, with their hours.
 *
 * Immutable once built, reference counted, any thread.  A heading is the city and state an office
 * is for, not its postal address (New York's office stands in New Jersey).
 */
#pragma once
#include "model/area.h"
#include "model/hours.h"
#include "model/mission.h"

struct contact { /* how a duty contact is told; all owned, absent is "" */
    char *email, *webhook, *tel, *tel_alt, *fax;
};

struct office {
    char *id, *name, *building, *street, *city, *state, *zip;
    char *heading_city, *heading_state, *heading_key; /* key is place_city_key(heading_city) */
    struct point point;
    struct hours hours;
    struct contact contact;
    char *note;     /* oddities of the source, kept as printed */
    bool exercises; /* opted in to exercises */
};

struct desk {
    char *id, *name; /* "pld", "command-center" */
    struct hours hours;
    struct contact contact;
    bool exercises;
};

struct partner { /* a law-enforcement contact by jurisdiction */
    char *id, *name, *tel;
    GPtrArray *states; /* char *: jurisdiction; NULL: everywhere no other partner is named */
    struct contact contact;
};

struct directory {
    gint refs;
    GPtrArray *offices, *desks, *partners, *calendars; /* owned */
    char *emergency_number;                            /* "911" */
};

struct directory *directory_new(void);
struct directory *directory_ref(struct directory *d);
void directory_unref(struct directory *d);
void office_free(struct office *o);
void desk_free(struct desk *k);
void partner_free(struct partner *p);
bool contact_has_endpoint(const struct contact *c); /* a mailbox or a webhook */

const struct office *directory_office(const struct directory *d, const char *id); /* NULL: none */
const struct desk *directory_desk(const struct directory *d, const char *id);
const struct calendar *directory_calendar(const struct directory *d, const char *id);
/* The partner for a state: the one that names it, else the one for everywhere else, else NULL. */
const struct partner *directory_partner_for(const struct directory *d, const char *state);

/*
 * The office of a mission: its roster office; else the office whose heading is its city (the
 * nearest where several are); else the nearest by great circle, ties by id.  *because (caller
 * frees): "named in the roster", "same city", "nearest office, 412 km"; a roster office that does
 * not exist is said so and passed over.  *distance_km is -1 without coordinates.  NULL: none can be
 * told. Both out parameters may be NULL.
 */
const struct office *directory_office_of(const struct directory *d, const struct mission *m,
                                         char **because, double *distance_km);

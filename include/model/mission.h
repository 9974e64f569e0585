/*
 * mission - a foreign mission in the United States and its representatives, as the roster has them.
 *
 * Pure values.  A representative is valid at an instant when the local date at the mission lies in
 * [valid_from, valid_to] (both inclusive, either may be absent) and it has an endpoint.
 */
#pragma once
#include "model/area.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum threat_level { THREAT_LOW, THREAT_MEDIUM, THREAT_HIGH, THREAT_CRITICAL };
extern const char *const threat_level_names[]; /* "low", "medium", "high", "critical", NULL */
extern const char *const mission_kinds[];      /* "embassy", "consulate-general", …, NULL */

struct representative { /* all strings owned; absent is "" unless noted */
    unsigned rank;      /* 1 is first */
    char *name, *language, *email, *phone, *webhook;
    bool exercises;              /* opted in to exercises */
    char *valid_from, *valid_to; /* "YYYY-MM-DD" or "" */
};

struct mission { /* all strings owned; absent is "" */
    char *id, *country, *name, *kind, *street, *city, *state, *zip;
    char *lat_text, *lon_text; /* as written in the roster, so that an export says the same */
    bool has_point;
    struct point point;
    char *timezone; /* IANA */
    char *county_fips;
    enum threat_level threat;
    char *office; /* "" : resolve it */
    char *origin;
    char *city_key;             /* place_city_key(city) */
    GTimeZone *tz;              /* owned reference */
    GPtrArray *representatives; /* struct representative *, by rank, owned */
};

/* Every string NULL, for the builder to set; no representatives. */
struct mission *mission_new(void);
void mission_free(struct mission *m);
void representative_free(struct representative *r);

#define MISSION_DATE_SIZE 16
/* The date at the mission, "YYYY-MM-DD"; UTC where no zone is set. */
void mission_local_date(const struct mission *m, int64_t at_ms, char out[MISSION_DATE_SIZE]);

bool representative_has_endpoint(const struct representative *r);
/* Within its dates at at_ms, in the mission's zone (endpoints not looked at). */
bool representative_in_date(const struct representative *r, const struct mission *m, int64_t at_ms);
bool representative_in_dates(const struct representative *r, const char *local_date);
bool representative_is_valid(const struct representative *r, const struct mission *m,
                             int64_t at_ms);

/*
 * audience - the selector that says which missions are affected.
 *
 * Fields of one selector are ANDed, values of a field ORed; areas and circles together are one
 * field. Nothing widens: a selector without any field is invalid, and everyone must be said in that
 * word. Values are stored as given; resolution.h checks them against the roster and the directory.
 */
#pragma once
#include "model/mission.h"
#include <glib.h>
#include <stdbool.h>

struct area;

struct audience {
    /* exactly one of the three forms; `except` may stand beside any of them */
    bool everyone;
    GPtrArray *any_of; /* struct audience *, NULL unless this form */
    /* the selector form: NULL where the field is absent, else non-empty arrays of char *; every
     * array owns its elements by its free function */
    GPtrArray *missions, *countries, *kinds, *cities, *states, *offices, *county_fips;
    int threat_level_at_least; /* enum threat_level, -1: absent */
    GPtrArray *areas;          /* struct area * (polygons and circles), NULL: absent */
    struct audience *except;   /* NULL: none */
};

#define AUDIENCE_MAX_DEPTH 8

struct audience *audience_new(void); /* selector form with every field absent */
void audience_free(struct audience *a);
bool audience_is_empty(const struct audience *a); /* says nothing: always an error */

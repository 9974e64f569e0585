/*
 * place - names of cities and states, as people write them.
 *
 * "St. Louis, MO" and "Saint Louis, MO" are one city; case, accents, full stops and apostrophes do
 * not count; "Washington, D.C." is Washington, DC; Agana is Hagåtña; New York City is New York.  A
 * state may be written as its postal code or its name.
 */
#pragma once
#include <stdbool.h>

/* Comparison form of a city's name; caller frees. */
char *place_city_key(const char *city);

/* "Chicago, IL" -> city "Chicago", state "IL"; a bare name leaves *state NULL.  Both freed by the
 * caller.  False: nothing that could be a city, or a state that is none. */
bool place_split(const char *text, char **city, char **state);

/* One of the 50 states, DC, or a territory (PR GU VI AS MP), by postal code (upper case). */
bool place_is_state(const char *code);
/* "IL", "il", "D.C.", "Illinois" -> the postal code (static), or NULL. */
const char *place_state_code(const char *text);
/* The postal code for the two-digit state part of a FIPS county code, or NULL. */
const char *place_state_of_fips(const char *fips);
const char *const *place_states(void); /* NULL-terminated, sorted */

/*
 * county - which counties there are, by FIPS code.
 *
 * Counties and what counts as one (parishes, boroughs, independent cities, planning regions,
 * municipios, districts) of the states, DC and the territories.  Pure.
 */
#pragma once
#include <stdbool.h>

/* "17031": is there, or was there, such a county?  The form for a whole state ("17000") is none. */
bool county_is_known(const char *fips);

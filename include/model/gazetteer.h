/*
 * gazetteer - which cities and countries are known: those of the roster, and the office headings.
 *
 * A part of resolution, built for one of them.  Everything is borrowed from the roster and the
 * directory, which must outlive it.
 */
#pragma once
#include "model/directory.h"
#include "model/roster.h"

struct gazetteer;

struct gazetteer_city {
    const char *name;  /* as first written in the roster or a heading */
    GPtrArray *states; /* const char *, sorted, at least one; owned */
};

struct gazetteer *gazetteer_new(const struct roster *r, const struct directory *d);
void gazetteer_free(struct gazetteer *g);

bool gazetteer_has_country(const struct gazetteer *g, const char *code);
/* By place_city_key(); NULL: no such city is known. */
const struct gazetteer_city *gazetteer_city(const struct gazetteer *g, const char *key);
bool gazetteer_city_has_state(const struct gazetteer_city *c, const char *state);
/* "Portland, ME or Portland, OR"; caller frees. */
char *gazetteer_city_names(const struct gazetteer_city *c);

/* What may have been meant: "St. Louis, MO", "MX", or NULL; caller frees. */
char *gazetteer_suggest_city(const struct gazetteer *g, const char *key);
char *gazetteer_suggest_country(const struct gazetteer *g, const char *code);

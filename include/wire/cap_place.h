/*
 * cap_place - the places that an alert's areas name, gathered as what an audience can hold.
 *
 * A part of cap_target.  The same place named twice (once a language) counts once.
 */
#pragma once
#include "model/faults.h"
#include "wire/cap.h"

struct cap_places {
    GPtrArray *areas;                      /* struct area *; owned until taken */
    GPtrArray *counties, *states, *cities; /* char *; owned until taken */
    GHashTable *seen;                      /* "polygon 41,-88 …" -> 1, or 0: not understood */
    GHashTable *warned;                    /* names of geocodes that were spoken of */
    unsigned understood;                   /* areas with a place, the same ones counted again */
    unsigned bare;                         /* areas that have nothing but a description */
    char *trouble; /* NULL, or a sentence: the first that was not understood */
    bool lenient;  /* degenerate polygons are trouble, not errors */
    struct faults *faults;
};

void cap_places_init(struct cap_places *p, bool lenient, struct faults *f);
void cap_places_clear(struct cap_places *p);
void cap_places_add(struct cap_places *p, const struct cap_area *a, const char *place);
/* Takes the sentence when it is the first. */
void cap_places_trouble(struct cap_places *p, char *sentence);

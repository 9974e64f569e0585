/*
 * ring - one closed line of a polygon: checked, unwrapped across the antimeridian, and indexed.
 *
 * A part of area.  Longitudes are unwrapped by the short way, so x may leave [-180, 180]; a point
 * is looked for at its longitude and 360 degrees to either side.  Contact within RING_TOLERANCE_DEG
 * counts as contact.  Crossing is an error, and so is running along itself in the same direction (a
 * line drawn twice); touching is not (bridged holes, digitised coasts). The index is a binary tree
 * of boxes over consecutive edges: building is linear, locating a point and the search for
 * crossings visit few nodes for any line that a map would show.
 */
#pragma once
#include "model/area.h"
#include <stdint.h>

/* 0.1 micrometre; rounding of unwrapped decimals stays an order of magnitude below. */
#define RING_TOLERANCE_DEG 1e-12
#define RING_LEAF_EDGES 4
#define RING_DIRECTIONS 8

struct ring_box { /* extents along eight directions, which tells slanted neighbours apart */
    double low[RING_DIRECTIONS], high[RING_DIRECTIONS];
};

struct ring {
    struct point *given; /* closed, as given; owned */
    size_t n_given;
    struct point *v;       /* unwrapped, duplicates folded, v[edges] == v[0]; owned */
    size_t edges;          /* edge i goes from v[i] to v[i + 1] */
    size_t leaves;         /* a power of two; node 1 is the root, leaf k is node leaves + k */
    struct ring_box *node; /* 2 * leaves; owned */
};

enum ring_side { RING_OUTSIDE, RING_BOUNDARY, RING_INSIDE };

/* NULL with *code and *why (caller frees) as area_polygon has them. */
struct ring *ring_new(const struct point *points, size_t n, const char **code, char **why);
void ring_free(struct ring *r);
enum ring_side ring_locate(const struct ring *r, struct point p);

/* Building blocks shared with the search for crossings. */
extern const struct point ring_directions[RING_DIRECTIONS]; /* of a length between 1 and 1.5 */
int ring_orient(struct point a, struct point b,
                struct point p); /* 1 left, 0 on the line, -1 right */
enum ring_search { RING_SIMPLE, RING_CROSSES, RING_TOO_INTRICATE };
enum ring_search ring_find_crossing(const struct ring *r, size_t *edge_a, size_t *edge_b);

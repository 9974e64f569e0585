/*
 * area - places on the globe: polygons with holes, multipolygons and circles.
 *
 * Degrees, longitude east, latitude north; radius in km on a sphere of 6371.0088 km.  Polygon edges
 * are straight in longitude/latitude (as GeoJSON and CAP draw them).  Boundaries are inside.  An
 * edge that spans more than 180 degrees of longitude goes the short way, across the antimeridian.
 * Rings that cross themselves, overlap round the globe or enclose a pole are refused; a ring that
 * only touches itself is not (bridged holes, digitised coasts).  A ring of 40,000 vertices against
 * 100,000 points is to take well under a tenth of a second.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#define AREA_EARTH_RADIUS_KM 6371.0088
#define AREA_MAX_VERTICES 200000 /* of all rings of one area */

struct point {
    double lon, lat;
};

struct area;

/* Great-circle distance. */
double area_distance_km(struct point a, struct point b);

/*
 * A polygon from rings (first is the outer one, the rest are holes).  Each ring is closed (first
 * point repeated) with at least four points.  On fault returns NULL with *code one of
 * "ring-too-short" "ring-not-closed" "ring-self-intersecting" "ring-encloses-pole"
 * "coordinate-out-of-range" "ring-degenerate" "too-many-vertices" and a sentence in *why
 * (caller frees); *ring is the ring's index.
 */
struct area *area_polygon(const GArray *const *rings /* of struct point */, size_t n_rings,
                          const char **code, char **why, size_t *ring);
/* Codes "coordinate-out-of-range" and "radius-out-of-range" (0 to half round the globe); radius 0
 * is the very point, to a metre. */
struct area *area_circle(struct point center, double radius_km, const char **code, char **why);
void area_free(struct area *a);
bool area_contains(const struct area *a, struct point p);
/* "polygon of 5 points" (corners of the outer ring), "circle of 25 km"; owned by a. */
const char *area_label(const struct area *a);

/* For writing an area back: NULL/0 where it is of the other kind. */
bool area_is_circle(const struct area *a, struct point *center, double *radius_km);
size_t area_ring_count(const struct area *a);
const struct point *area_ring(const struct area *a, size_t i,
                              size_t *n_points); /* closed, as given */

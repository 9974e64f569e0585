#include "model/area.h"
#include "model/ring.h"
#include <math.h>

/* A circle of radius 0 is a point; roster coordinates name a place to about a metre. */
#define POINT_RADIUS_KM 0.001
#define MAX_RADIUS_KM 20015.2 /* half the circumference: the whole globe */

struct area {
    bool is_circle;
    struct point center;
    double radius_km;
    double lat_reach, lon_reach; /* degrees from the centre; beyond them a point is outside */
    struct ring **rings;         /* the outer one, then the holes; owned */
    size_t n_rings;
    char *label; /* owned */
};

double area_distance_km(struct point a, struct point b)
{
    const double rad = G_PI / 180;
    double ca = cos(a.lat * rad), sa = sin(a.lat * rad);
    double cb = cos(b.lat * rad), sb = sin(b.lat * rad);
    double cd = cos((b.lon - a.lon) * rad), sd = sin((b.lon - a.lon) * rad);

    /* exact for neighbours and for antipodes, unlike the arc cosine */
    return AREA_EARTH_RADIUS_KM *
           atan2(hypot(cb * sd, ca * sb - sa * cb * cd), sa * sb + ca * cb * cd);
}

static char *polygon_label(const struct area *a)
{
    size_t points = a->rings[0]->n_given - 1, holes = a->n_rings - 1;

    if (holes == 0)
        return g_strdup_printf("polygon of %zu points", points);
    return g_strdup_printf("polygon of %zu points with %zu hole%s", points, holes,
                           holes == 1 ? "" : "s");
}

static bool few_enough(const GArray *const *rings, size_t n_rings, const char **code, char **why,
                       size_t *ring)
{
    size_t total = 0;

    *ring = 0;
    if (n_rings == 0) {
        *code = "ring-too-short";
        *why = g_strdup("a polygon needs an outer ring");
        return false;
    }
    for (size_t i = 0; i < n_rings; i++) {
        total += rings[i]->len;
        if (total <= AREA_MAX_VERTICES)
            continue;
        *ring = i;
        *code = "too-many-vertices";
        *why = g_strdup_printf("the polygon has more than %d points", AREA_MAX_VERTICES);
        return false;
    }
    return true;
}

struct area *area_polygon(const GArray *const *rings, size_t n_rings, const char **code, char **why,
                          size_t *ring)
{
    if (!few_enough(rings, n_rings, code, why, ring))
        return NULL;
    struct area *a = g_new0(struct area, 1);
    a->rings = g_new0(struct ring *, n_rings);
    for (size_t i = 0; i < n_rings; i++) {
        const struct point *points = (const struct point *)(const void *)rings[i]->data;
        *ring = i;
        a->rings[i] = ring_new(points, rings[i]->len, code, why);
        if (a->rings[i] == NULL) {
            area_free(a);
            return NULL;
        }
        a->n_rings++;
    }
    a->label = polygon_label(a);
    return a;
}

/* The box around a circle, a little wide; all longitudes where it holds a pole. */
static void set_reach(struct area *a)
{
    const double deg = 180 / G_PI, wide = 1.000001;
    double angle = fmax(a->radius_km, POINT_RADIUS_KM) / AREA_EARTH_RADIUS_KM;
    double ratio = sin(angle) / cos(a->center.lat / deg);

    a->lat_reach = angle * deg * wide;
    a->lon_reach = fabs(a->center.lat) + a->lat_reach < 90 && ratio * wide < 1
                       ? asin(ratio * wide) * deg * wide
                       : 360;
}

struct area *area_circle(struct point center, double radius_km, const char **code, char **why)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    if (!(fabs(center.lon) <= 180 && fabs(center.lat) <= 90)) {
        *code = "coordinate-out-of-range";
        *why = g_strdup_printf("the centre (longitude %.9g, latitude %.9g) is not within longitude "
                               "-180 to 180 and latitude -90 to 90",
                               center.lon, center.lat);
        return NULL;
    }
    if (!(radius_km >= 0 && radius_km <= MAX_RADIUS_KM)) {
        *code = "radius-out-of-range";
        *why =
            g_strdup_printf("the radius %.9g is not within 0 to %.1f km", radius_km, MAX_RADIUS_KM);
        return NULL;
    }
    struct area *a = g_new0(struct area, 1);
    a->is_circle = true;
    a->center = center;
    a->radius_km = radius_km;
    set_reach(a);
    a->label = g_strdup_printf("circle of %s km",
                               g_ascii_formatd(number, sizeof number, "%.10g", radius_km));
    return a;
}

void area_free(struct area *a)
{
    if (a == NULL)
        return;
    for (size_t i = 0; i < a->n_rings; i++)
        ring_free(a->rings[i]);
    g_free(a->rings);
    g_free(a->label);
    g_free(a);
}

static bool circle_contains(const struct area *a, struct point p)
{
    double lon = fabs(p.lon - a->center.lon);

    if (fabs(p.lat - a->center.lat) > a->lat_reach || fmin(lon, 360 - lon) > a->lon_reach)
        return false;
    return area_distance_km(a->center, p) <= fmax(a->radius_km, POINT_RADIUS_KM);
}

bool area_contains(const struct area *a, struct point p)
{
    if (a->is_circle)
        return circle_contains(a, p);
    if (ring_locate(a->rings[0], p) == RING_OUTSIDE)
        return false;
    for (size_t i = 1; i < a->n_rings; i++)
        if (ring_locate(a->rings[i], p) == RING_INSIDE)
            return false; /* the edge of a hole still belongs to the area */
    return true;
}

const char *area_label(const struct area *a)
{
    return a->label;
}

bool area_is_circle(const struct area *a, struct point *center, double *radius_km)
{
    if (a->is_circle) {
        *center = a->center;
        *radius_km = a->radius_km;
    }
    return a->is_circle;
}

size_t area_ring_count(const struct area *a)
{
    return a->n_rings;
}

const struct point *area_ring(const struct area *a, size_t i, size_t *n_points)
{
    if (i >= a->n_rings) {
        *n_points = 0;
        return NULL;
    }
    *n_points = a->rings[i]->n_given;
    return a->rings[i]->given;
}

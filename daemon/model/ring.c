#include "model/ring.h"
#include <math.h>
#include <string.h>

struct locating {
    const struct ring *ring;
    struct point p;
    bool odd, boundary;
};

const struct point ring_directions[RING_DIRECTIONS] = {
    { 1, 0 }, { 0, 1 }, { 1, 1 }, { 1, -1 }, { 1, 0.41 }, { 1, -0.41 }, { 0.41, 1 }, { -0.41, 1 },
};

static double along(int k, struct point p)
{
    return ring_directions[k].lon * p.lon + ring_directions[k].lat * p.lat;
}

int ring_orient(struct point a, struct point b, struct point p)
{
    double dx = b.lon - a.lon, dy = b.lat - a.lat;
    double cross = dx * (p.lat - a.lat) - dy * (p.lon - a.lon);
    double slack = RING_TOLERANCE_DEG * (fabs(dx) + fabs(dy));

    return cross > slack ? 1 : cross < -slack ? -1 : 0;
}

static bool check_points(const struct point *p, size_t n, const char **code, char **why)
{
    if (n < 4) {
        *code = "ring-too-short";
        *why = g_strdup_printf("a ring needs at least 4 points, the first repeated at the end; "
                               "this one has %zu",
                               n);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        /* written so that NaN fails */
        if (fabs(p[i].lon) <= 180 && fabs(p[i].lat) <= 90)
            continue;
        *code = "coordinate-out-of-range";
        *why = g_strdup_printf("point %zu (longitude %.9g, latitude %.9g) is not within longitude "
                               "-180 to 180 and latitude -90 to 90",
                               i, p[i].lon, p[i].lat);
        return false;
    }
    double turn = fabs(p[0].lon - p[n - 1].lon);
    if (p[0].lat != p[n - 1].lat || (turn != 0 && turn != 360)) {
        *code = "ring-not-closed";
        *why = g_strdup("the last point of a ring must be the first one again");
        return false;
    }
    return true;
}

static bool same_place(struct point a, struct point b)
{
    return fabs(a.lon - b.lon) <= RING_TOLERANCE_DEG && fabs(a.lat - b.lat) <= RING_TOLERANCE_DEG;
}

/* Fills v; returns how often the ring goes round the globe, eastward positive. */
static int unwrap(struct ring *r)
{
    int turns = 0;
    size_t n = 0;

    for (size_t i = 0; i < r->n_given; i++) {
        if (i > 0) {
            double step = r->given[i].lon - r->given[i - 1].lon;
            turns += step > 180 ? -1 : step < -180 ? 1 : 0;
        }
        struct point p = { r->given[i].lon + 360.0 * turns, r->given[i].lat };
        if (n == 0 || !same_place(p, r->v[n - 1]))
            r->v[n++] = p;
    }
    /* A ring may be closed with the other name of the antimeridian, which is no turn. */
    turns = (int)lround((r->v[n - 1].lon - r->v[0].lon) / 360);
    if (n > 1 && turns == 0)
        r->v[n - 1] = r->v[0];
    r->edges = n - 1;
    return turns;
}

static void box_add(struct ring_box *b, struct point p)
{
    for (int k = 0; k < RING_DIRECTIONS; k++) {
        b->low[k] = fmin(b->low[k], along(k, p));
        b->high[k] = fmax(b->high[k], along(k, p));
    }
}

static void build_index(struct ring *r)
{
    r->leaves = 1;
    while (r->leaves * RING_LEAF_EDGES < r->edges)
        r->leaves *= 2;
    r->node = g_new(struct ring_box, 2 * r->leaves);
    for (size_t i = 0; i < 2 * r->leaves; i++)
        for (int k = 0; k < RING_DIRECTIONS; k++) {
            r->node[i].low[k] = INFINITY;
            r->node[i].high[k] = -INFINITY;
        }
    for (size_t e = 0; e < r->edges; e++) {
        struct ring_box *leaf = &r->node[r->leaves + e / RING_LEAF_EDGES];
        box_add(leaf, r->v[e]);
        box_add(leaf, r->v[e + 1]);
    }
    for (size_t i = r->leaves - 1; i > 0; i--)
        for (int k = 0; k < RING_DIRECTIONS; k++) {
            r->node[i].low[k] = fmin(r->node[2 * i].low[k], r->node[2 * i + 1].low[k]);
            r->node[i].high[k] = fmax(r->node[2 * i].high[k], r->node[2 * i + 1].high[k]);
        }
}

/* Twice the area, and the length of the line in *length. */
static double doubled_area(const struct ring *r, double *length)
{
    double sum = 0;

    *length = 0;
    for (size_t e = 0; e < r->edges; e++) {
        struct point a = r->v[e], b = r->v[e + 1], o = r->v[0];
        sum += (a.lon - o.lon) * (b.lat - o.lat) - (b.lon - o.lon) * (a.lat - o.lat);
        *length += hypot(b.lon - a.lon, b.lat - a.lat);
    }
    return fabs(sum);
}

static bool check_shape(const struct ring *r, const char **code, char **why)
{
    size_t a = 0, b = 0;
    double length;

    if (r->node[1].high[0] - r->node[1].low[0] >= 360 - RING_TOLERANCE_DEG) {
        *code = "ring-self-intersecting";
        *why = g_strdup("the ring goes all the way round the globe and meets itself");
        return false;
    }
    enum ring_search found = ring_find_crossing(r, &a, &b);
    if (found == RING_TOO_INTRICATE) {
        *code = "too-many-vertices";
        *why = g_strdup("the ring is too intricate to be checked for crossings; simplify it");
        return false;
    }
    if (found == RING_CROSSES) {
        *code = "ring-self-intersecting";
        *why = g_strdup_printf(
            "the edge from %.6g,%.6g to %.6g,%.6g crosses or runs along the edge from "
            "%.6g,%.6g to %.6g,%.6g (longitude,latitude)",
            r->v[a].lon, r->v[a].lat, r->v[a + 1].lon, r->v[a + 1].lat, r->v[b].lon, r->v[b].lat,
            r->v[b + 1].lon, r->v[b + 1].lat);
        return false;
    }
    if (doubled_area(r, &length) <= RING_TOLERANCE_DEG * length) {
        *code = "ring-degenerate";
        *why = g_strdup("the ring encloses nothing: its points lie on one line");
        return false;
    }
    return true;
}

struct ring *ring_new(const struct point *points, size_t n, const char **code, char **why)
{
    if (!check_points(points, n, code, why))
        return NULL;
    struct ring *r = g_new0(struct ring, 1);
    r->given = g_memdup2(points, n * sizeof *points);
    r->n_given = n;
    r->v = g_new(struct point, n);
    if (unwrap(r) != 0) {
        *code = "ring-encloses-pole";
        *why = g_strdup("the ring goes round a pole; draw it as two or more areas that do not");
        ring_free(r);
        return NULL;
    }
    build_index(r);
    if (!check_shape(r, code, why)) {
        ring_free(r);
        return NULL;
    }
    return r;
}

void ring_free(struct ring *r)
{
    if (r == NULL)
        return;
    g_free(r->given);
    g_free(r->v);
    g_free(r->node);
    g_free(r);
}

static bool within(double x, double a, double b)
{
    return x >= fmin(a, b) - RING_TOLERANCE_DEG && x <= fmax(a, b) + RING_TOLERANCE_DEG;
}

/* One edge against the ray from p to the east; each edge owns its lower end. */
static void locate_edge(struct locating *l, struct point a, struct point b)
{
    int side = ring_orient(a, b, l->p);

    if (side == 0 && within(l->p.lon, a.lon, b.lon) && within(l->p.lat, a.lat, b.lat))
        l->boundary = true;
    else if ((a.lat > l->p.lat) != (b.lat > l->p.lat) && (side > 0) == (b.lat > a.lat))
        l->odd = !l->odd;
}

static bool outside(const struct ring_box *box, struct point p)
{
    for (int k = 0; k < RING_DIRECTIONS; k++) {
        double x = along(k, p);
        if (x < box->low[k] - RING_TOLERANCE_DEG || x > box->high[k] + RING_TOLERANCE_DEG)
            return true;
    }
    return false;
}

/*
 * A stretch of line whose hull does not hold p is crossed by the ray as often, odd or even, as the
 * straight line between its ends: the two together close a line that does not go round p.
 */
static void locate_node(struct locating *l, size_t node, size_t first, size_t span)
{
    const struct ring *r = l->ring;

    if (first >= r->edges || l->boundary)
        return;
    size_t end = MIN(first + span, r->edges);
    if (outside(&r->node[node], l->p)) {
        locate_edge(l, r->v[first], r->v[end]);
    } else if (node >= r->leaves) {
        for (size_t e = first; e < end; e++)
            locate_edge(l, r->v[e], r->v[e + 1]);
    } else {
        locate_node(l, 2 * node, first, span / 2);
        locate_node(l, 2 * node + 1, first + span / 2, span / 2);
    }
}

enum ring_side ring_locate(const struct ring *r, struct point p)
{
    const struct ring_box *all = &r->node[1];

    /* most rings of an alert are nowhere near a mission: let those go before anything else */
    if (p.lat < all->low[1] - RING_TOLERANCE_DEG || p.lat > all->high[1] + RING_TOLERANCE_DEG)
        return RING_OUTSIDE;
    for (int turn = -1; turn <= 1; turn++) {
        double lon = p.lon + 360.0 * turn;
        if (lon < all->low[0] - RING_TOLERANCE_DEG || lon > all->high[0] + RING_TOLERANCE_DEG)
            continue;
        struct locating l = { r, { lon, p.lat }, false, false };
        locate_node(&l, 1, 0, r->leaves * RING_LEAF_EDGES);
        if (l.boundary)
            return RING_BOUNDARY;
        if (l.odd)
            return RING_INSIDE;
    }
    return RING_OUTSIDE;
}

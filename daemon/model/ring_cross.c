#include "model/ring.h"
#include <math.h>

/* Comparisons of boxes and edges before giving up: about half a second.  A coast line of 200,000
 * points takes a few million; only lines drawn to be slow take more. */
#define MAX_WORK (48 * 1000 * 1000)

struct searching {
    const struct ring *ring;
    uint64_t work;
    bool found;
    size_t a, b;
};

static bool apart(const struct ring_box *a, const struct ring_box *b)
{
    for (int k = 0; k < RING_DIRECTIONS; k++)
        if (a->low[k] > b->high[k] + RING_TOLERANCE_DEG ||
            b->low[k] > a->high[k] + RING_TOLERANCE_DEG)
            return true;
    return false;
}

static bool same(struct point a, struct point b)
{
    return fabs(a.lon - b.lon) <= RING_TOLERANCE_DEG && fabs(a.lat - b.lat) <= RING_TOLERANCE_DEG;
}

static struct point before(const struct ring *r, size_t i)
{
    return r->v[i == 0 ? r->edges - 1 : i - 1];
}

/* Does vertex i lie within edge e, and does the line pass there from one side to the other? */
static bool passes_through(const struct ring *r, size_t i, size_t e)
{
    struct point p = r->v[i], a = r->v[e], b = r->v[e + 1];

    if (ring_orient(a, b, p) != 0 || same(p, a) || same(p, b))
        return false;
    double along = (p.lon - a.lon) * (b.lon - a.lon) + (p.lat - a.lat) * (b.lat - a.lat);
    double length2 = (b.lon - a.lon) * (b.lon - a.lon) + (b.lat - a.lat) * (b.lat - a.lat);
    if (along < 0 || along > length2)
        return false;
    return ring_orient(a, b, before(r, i)) * ring_orient(a, b, r->v[i + 1]) < 0;
}

static bool same_direction(struct point o, struct point p, struct point q)
{
    return ring_orient(o, p, q) == 0 &&
           (p.lon - o.lon) * (q.lon - o.lon) + (p.lat - o.lat) * (q.lat - o.lat) > 0;
}

/* Do two edges run along one line in one direction, over more than a point?  Then the inside lies
 * twice on the same side, and what is enclosed twice would count as outside.  The other direction
 * is a bridge to a hole, or a spike. */
static bool runs_along(struct point a, struct point b, struct point c, struct point d)
{
    if (ring_orient(a, b, c) != 0 || ring_orient(a, b, d) != 0)
        return false;
    double dx = b.lon - a.lon, dy = b.lat - a.lat, length2 = dx * dx + dy * dy;
    double from = ((c.lon - a.lon) * dx + (c.lat - a.lat) * dy) / length2;
    double to = ((d.lon - a.lon) * dx + (d.lat - a.lat) * dy) / length2;
    double shared = MIN(to, 1) - MAX(from, 0);
    return from < to && shared * sqrt(length2) > RING_TOLERANCE_DEG;
}

/* Is q strictly left of the bend from p through o to s, going counterclockwise from op to os? */
static bool in_sector(struct point o, struct point p, struct point s, struct point q)
{
    if (ring_orient(o, p, s) > 0)
        return ring_orient(o, p, q) > 0 && ring_orient(o, q, s) > 0;
    return !(ring_orient(o, s, q) >= 0 && ring_orient(o, q, p) >= 0);
}

/* Vertices i and j are one place: do the two bends there pass through each other? */
static bool bends_cross(const struct ring *r, size_t i, size_t j)
{
    struct point o = r->v[i], p = before(r, i), s = r->v[i + 1];
    struct point q[2] = { before(r, j), r->v[j + 1] };

    for (int k = 0; k < 2; k++)
        if (same_direction(o, p, q[k]) || same_direction(o, s, q[k]))
            return false; /* they share a stretch: contact */
    return in_sector(o, p, s, q[0]) != in_sector(o, p, s, q[1]);
}

static bool edges_cross(const struct ring *r, size_t i, size_t j)
{
    struct point a = r->v[i], b = r->v[i + 1], c = r->v[j], d = r->v[j + 1];
    int oc = ring_orient(a, b, c), od = ring_orient(a, b, d);

    if (oc * od > 0)
        return false;
    int oa = ring_orient(c, d, a), ob = ring_orient(c, d, b);
    if (oa * ob > 0)
        return false;
    if (oc != 0 && od != 0 && oa != 0 && ob != 0)
        return true;
    if (runs_along(a, b, c, d))
        return true;
    /* contact at a vertex; every vertex is the start of one edge and judged there */
    if (same(a, c))
        return bends_cross(r, i, j);
    return passes_through(r, i, j) || passes_through(r, j, i);
}

static void search_leaves(struct searching *s, size_t first_a, size_t first_b)
{
    size_t n = s->ring->edges;
    size_t end_a = MIN(first_a + RING_LEAF_EDGES, n), end_b = MIN(first_b + RING_LEAF_EDGES, n);

    for (size_t i = first_a; i < end_a && !s->found; i++)
        for (size_t j = MAX(first_b, i + 2); j < end_b && !s->found; j++) {
            if (i == 0 && j == n - 1)
                continue; /* neighbours round the corner */
            s->found = edges_cross(s->ring, i, j);
            s->a = i;
            s->b = j;
        }
}

/* a and b are nodes of one level, a <= b, each over span edges from first_a and first_b. */
static void search_pair(struct searching *s, size_t a, size_t b, size_t first_a, size_t first_b,
                        size_t span)
{
    const struct ring *r = s->ring;

    if (s->found || s->work > MAX_WORK || first_b >= r->edges)
        return;
    s->work++;
    if (a != b && apart(&r->node[a], &r->node[b]))
        return;
    if (a >= r->leaves) {
        s->work += RING_LEAF_EDGES * RING_LEAF_EDGES;
        search_leaves(s, first_a, first_b);
        return;
    }
    size_t half = span / 2;
    search_pair(s, 2 * a, 2 * b, first_a, first_b, half);
    search_pair(s, 2 * a, 2 * b + 1, first_a, first_b + half, half);
    if (a != b)
        search_pair(s, 2 * a + 1, 2 * b, first_a + half, first_b, half);
    search_pair(s, 2 * a + 1, 2 * b + 1, first_a + half, first_b + half, half);
}

enum ring_search ring_find_crossing(const struct ring *r, size_t *edge_a, size_t *edge_b)
{
    struct searching s = { r, 0, false, 0, 0 };

    search_pair(&s, 1, 1, 0, 0, r->leaves * RING_LEAF_EDGES);
    *edge_a = s.a;
    *edge_b = s.b;
    return s.found ? RING_CROSSES : s.work > MAX_WORK ? RING_TOO_INTRICATE : RING_SIMPLE;
}

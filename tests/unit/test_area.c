#include "model/area.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

/* "lon,lat lon,lat …" */
static GArray *ring_of(const char *text)
{
    GArray *ring = g_array_new(FALSE, FALSE, sizeof(struct point));
    char *end = (char *)text;

    while (*end != '\0') {
        struct point p;
        p.lon = g_ascii_strtod(end, &end);
        end += *end == ',';
        p.lat = g_ascii_strtod(end, &end);
        while (*end == ' ')
            end++;
        g_array_append_val(ring, p);
    }
    return ring;
}

/* Rings separated by '|'. */
static struct area *polygon_of(const char *text, const char **code, char **why, size_t *ring)
{
    g_auto(GStrv) parts = g_strsplit(text, "|", -1);
    g_autoptr(GPtrArray) rings = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);

    for (char **p = parts; *p != NULL; p++)
        g_ptr_array_add(rings, ring_of(*p));
    return area_polygon((const GArray *const *)rings->pdata, rings->len, code, why, ring);
}

static struct area *good(const char *text)
{
    const char *code = NULL;
    g_autofree char *why = NULL;
    size_t ring;
    struct area *a = polygon_of(text, &code, &why, &ring);

    if (a == NULL)
        fail_msg("%s refused: %s: %s", text, code, why);
    return a;
}

#define SQUARE "0,0 10,0 10,10 0,10 0,0"
#define TSUNAMI "130,30 -150,30 -150,-20 130,-20 130,30"
#define KEYHOLE "0,0 10,0 10,10 0,10 0,0 3,3 3,6 6,6 6,3 3,3 0,0"

static const struct inside_row {
    const char *name, *polygon;
    double lon, lat;
    bool inside;
} inside_rows[] = {
    { "the middle of a square is inside", SQUARE, 5, 5, true },
    { "a corner is inside", SQUARE, 0, 0, true },
    { "the far corner is inside", SQUARE, 10, 10, true },
    { "a point on the west edge is inside", SQUARE, 0, 5, true },
    { "a point on the north edge is inside", SQUARE, 5, 10, true },
    { "a point 1e-9 degrees off the edge is outside", SQUARE, 5, 10.000000001, false },
    { "a point on the line of an edge but beyond it is outside", SQUARE, 11, 10, false },
    { "a point on a slanted edge of uneven decimals is inside",
      "-80.7,25.9 -81.2,27.15 -82.3,25.2 -80.7,25.9", -80.95, 26.525, true },
    { "level with a vertex and outside", "0,0 5,5 10,0 10,10 0,10 0,0", -1, 5, false },
    { "level with a dent's vertex and inside", "0,0 5,5 10,0 10,10 0,10 0,0", 1, 5, true },
    { "in the dent is outside", "0,0 5,5 10,0 10,10 0,10 0,0", 5, 4, false },
    { "clockwise rings enclose the same", "0,0 0,10 10,10 10,0 0,0", 5, 5, true },
    { "a hole is outside", SQUARE "|3,3 7,3 7,7 3,7 3,3", 5, 5, false },
    { "the edge of a hole is inside", SQUARE "|3,3 7,3 7,7 3,7 3,3", 3, 5, true },
    { "beside the hole is inside", SQUARE "|3,3 7,3 7,7 3,7 3,3", 2, 5, true },
    { "in the second hole is outside", SQUARE "|1,1 2,1 2,2 1,2 1,1|8,8 9,8 9,9 8,8", 8.7, 8.3,
      false },
    { "a hole reached by a bridge is outside", KEYHOLE, 4, 5, false },
    { "around a bridged hole is inside", KEYHOLE, 2, 5, true },
    { "Guam lies in a polygon across the antimeridian", TSUNAMI, 144.8, 13.5, true },
    { "Honolulu lies in a polygon across the antimeridian", TSUNAMI, -157.85, 21.3, true },
    { "Chicago does not", TSUNAMI, -87.6, 21.3, false },
    { "longitude 180 lies in it", TSUNAMI, 180, 0, true },
    { "longitude -180 lies in it", TSUNAMI, -180, 0, true },
    { "its east edge is inside", TSUNAMI, -150, 0, true },
    { "its west edge is inside", TSUNAMI, 130, 0, true },
    { "drawn the other way round it is the same", "-150,30 130,30 130,-20 -150,-20 -150,30", 144.8,
      13.5, true },
    { "a hole across the antimeridian, named from its other side",
      TSUNAMI "|-170,0 170,0 170,10 -170,10 -170,0", 175, 5, false },
    { "Alaska's far west belongs to a box that ends at -180",
      "-180,50 -170,50 -170,55 -180,55 -180,50", 180, 52, true },
    { "a box from 170 to 180 holds -180 on its edge", "170,50 180,50 180,55 170,55 170,50", -180,
      52, true },
    { "closed by the antimeridian's other name", "180,50 -170,50 -170,55 180,55 -180,50", -175, 52,
      true },
    { "repeated points are folded", "0,0 0,0 10,0 10,0 10,10 0,10 0,10 0,0 0,0", 5, 5, true },
    { "a spike encloses nothing", "0,0 10,0 10,5 20,5 10,5 10,10 0,10 0,0", 15, 6, false },
    { "wide polygons, drawn in steps under 180 degrees",
      "-170,0 -20,0 120,0 120,10 -20,10 -170,10 -170,0", 0, 5, true },
    { "outside a wide polygon", "-170,0 -20,0 120,0 120,10 -20,10 -170,10 -170,0", 150, 5, false },
};

static void points_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(inside_rows); i++) {
        const struct inside_row *row = &inside_rows[i];
        struct area *a = good(row->polygon);
        struct point p = { row->lon, row->lat };
        if (area_contains(a, p) != row->inside)
            fail_msg("%s", row->name);
        area_free(a);
    }
}

static const struct refused_row {
    const char *name, *polygon, *code;
    size_t ring;
} refused_rows[] = {
    { "three points", "0,0 1,0 0,0", "ring-too-short", 0 },
    { "no points in the hole", SQUARE "|", "ring-too-short", 1 },
    { "not closed", "0,0 10,0 10,10 0,10", "ring-not-closed", 0 },
    { "hole not closed", SQUARE "|3,3 7,3 7,7 3,7", "ring-not-closed", 1 },
    { "bowtie", "-88,41 -87,42 -88,42 -87,41 -88,41", "ring-self-intersecting", 0 },
    { "bowtie with a vertex on the crossing", "0,0 1,1 2,2 2,0 0,2 0,0", "ring-self-intersecting",
      0 },
    { "bowtie with two vertices on the crossing", "0,0 1,1 2,2 2,0 1,1 0,2 0,0",
      "ring-self-intersecting", 0 },
    { "a ring drawn twice", "0,0 1,0 1,1 0,0 1,0 1,1 0,0", "ring-self-intersecting", 0 },
    { "drawn twice from other corners", "0,0 2,0 2,2 0,2 0,0 1,0 2,0 2,2 0,2 0,0",
      "ring-self-intersecting", 0 },
    { "two shapes that share a stretch drawn the same way", "0,0 3,0 3,3 1,0 2,0 2,-2 0,0",
      "ring-self-intersecting", 0 },
    { "bowtie across the antimeridian", "179,41 -179,42 179,42 -179,41 179,41",
      "ring-self-intersecting", 0 },
    { "two turns of a spiral that meet", "0,0 10,0 10,10 2,10 2,-2 -2,-2 -2,12 0,12 0,0",
      "ring-self-intersecting", 0 },
    { "the whole way round the globe",
      "-180,-10 -60,-10 60,-10 180,-10 180,10 60,10 -60,10 -180,10 -180,-10",
      "ring-self-intersecting", 0 },
    { "round the pole", "-180,60 -90,60 0,60 90,60 180,60 -180,60", "ring-encloses-pole", 0 },
    { "round the south pole, westward", "0,-70 -120,-80 120,-70 0,-70", "ring-encloses-pole", 0 },
    { "latitude 91", "0,0 10,0 10,91 0,0", "coordinate-out-of-range", 0 },
    { "longitude 181", "0,0 181,0 10,10 0,0", "coordinate-out-of-range", 0 },
    { "not a number", "0,0 nan,0 10,10 0,0", "coordinate-out-of-range", 0 },
    { "infinity", "0,0 10,0 10,inf 0,0", "coordinate-out-of-range", 0 },
    { "one point four times", "-88,41 -88,41 -88,41 -88,41", "ring-degenerate", 0 },
    { "there and back", "0,0 10,10 0,0 0,0", "ring-degenerate", 0 },
    { "all on one slanted line", "0.1,0.1 0.2,0.2 0.3,0.3 0.7,0.7 0.1,0.1", "ring-degenerate", 0 },
    { "a world box of four corners folds up", "-180,-90 180,-90 180,90 -180,90 -180,-90",
      "ring-degenerate", 0 },
};

static void bad_rings_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(refused_rows); i++) {
        const struct refused_row *row = &refused_rows[i];
        const char *code = NULL;
        g_autofree char *why = NULL;
        size_t ring = 99;
        struct area *a = polygon_of(row->polygon, &code, &why, &ring);
        if (a != NULL)
            fail_msg("%s: accepted", row->name);
        if (g_strcmp0(code, row->code) != 0 || why == NULL || ring != row->ring)
            fail_msg("%s: %s (%s) ring %zu", row->name, code, why, ring);
    }
}

/* Radii that differ from vertex to vertex, always less than a turn apart: simple, but ragged. */
static GArray *ragged_ring(GRand *dice, guint n)
{
    GArray *ring = g_array_new(FALSE, FALSE, sizeof(struct point));

    for (guint i = 0; i < n; i++) {
        double t = 2 * G_PI * i / n, radius = 10 + 5 * g_rand_double(dice);
        struct point p = { -100 + radius * cos(t), 40 + radius * sin(t) };
        g_array_append_val(ring, p);
    }
    struct point first = g_array_index(ring, struct point, 0);
    g_array_append_val(ring, first);
    return ring;
}

static bool plainly_contains(const GArray *ring, struct point p)
{
    bool odd = false;

    for (guint i = 0; i + 1 < ring->len; i++) {
        struct point a = g_array_index(ring, struct point, i);
        struct point b = g_array_index(ring, struct point, i + 1);
        if ((a.lat > p.lat) != (b.lat > p.lat) &&
            p.lon < a.lon + (p.lat - a.lat) / (b.lat - a.lat) * (b.lon - a.lon))
            odd = !odd;
    }
    return odd;
}

static void the_index_agrees_with_plain_counting(void **state)
{
    g_autoptr(GRand) dice = g_rand_new_with_seed(20121123);

    (void)state;
    for (guint n = 3; n < 3000; n = n * 3 / 2 + 1) {
        g_autoptr(GArray) ring = ragged_ring(dice, n);
        const GArray *rings[] = { ring };
        const char *code = NULL;
        g_autofree char *why = NULL;
        size_t bad;
        struct area *a = area_polygon(rings, 1, &code, &why, &bad);
        if (a == NULL)
            fail_msg("%u points: %s: %s", n, code, why);
        for (int k = 0; k < 300; k++) {
            struct point p = { g_rand_double_range(dice, -116, -84),
                               g_rand_double_range(dice, 24, 56) };
            if (area_contains(a, p) != plainly_contains(ring, p))
                fail_msg("%u points: %.17g,%.17g", n, p.lon, p.lat);
        }
        for (guint i = 0; i < ring->len; i++)
            assert_true(area_contains(a, g_array_index(ring, struct point, i)));
        area_free(a);
    }
}

static void one_swapped_pair_among_thousands_is_found(void **state)
{
    g_autoptr(GRand) dice = g_rand_new_with_seed(7);

    (void)state;
    for (guint at = 1; at < 4998; at += 617) {
        g_autoptr(GArray) ring = ragged_ring(dice, 5000);
        struct point *p = &g_array_index(ring, struct point, 0);
        struct point far = p[(at + 2500) % 5000];
        /* there and back across the whole shape, and out of it */
        p[at] = (struct point){ -100 + 1.6 * (far.lon + 100), 40 + 1.6 * (far.lat - 40) };
        const GArray *rings[] = { ring };
        const char *code = NULL;
        g_autofree char *why = NULL;
        size_t bad;
        assert_null(area_polygon(rings, 1, &code, &why, &bad));
        assert_string_equal(code, "ring-self-intersecting");
    }
}

static void too_many_vertices_are_refused(void **state)
{
    g_autoptr(GRand) dice = g_rand_new_with_seed(1);
    g_autoptr(GArray) ring = ragged_ring(dice, AREA_MAX_VERTICES);
    const GArray *rings[] = { ring };
    const char *code = NULL;
    g_autofree char *why = NULL;
    size_t bad;

    (void)state;
    assert_null(area_polygon(rings, 1, &code, &why, &bad));
    assert_string_equal(code, "too-many-vertices");
    g_free(g_steal_pointer(&why));
    assert_null(area_polygon(rings, 0, &code, &why, &bad));
    assert_string_equal(code, "ring-too-short");
}

static const struct circle_row {
    const char *name;
    double lon, lat, radius_km, p_lon, p_lat;
    bool inside;
} circle_rows[] = {
    { "the centre of a point", -87.6298, 41.8781, 0, -87.6298, 41.8781, true },
    { "half a metre from a point", -87.6298, 41.8781, 0, -87.6298, 41.8781045, true },
    { "ten metres from a point", -87.6298, 41.8781, 0, -87.6298, 41.87819, false },
    { "111 km north is within 112", 0, 0, 112, 0, 1, true },
    { "111.2 km north is not within 111", 0, 0, 111, 0, 1, false },
    { "a degree of longitude at 60 north is half as long", 10, 60, 56, 11, 60, true },
    { "across the antimeridian", 179.9, 13.45, 30, -179.9, 13.45, true },
    { "over the pole", 0, 89.5, 120, 180, 89.5, true },
    { "the antipode is in the largest circle", 10, 20, 20015.2, -170, -20, true },
    { "the antipode is not in one a little smaller", 10, 20, 20015, -170, -20, false },
};

static void circles_reach_as_far_as_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(circle_rows); i++) {
        const struct circle_row *row = &circle_rows[i];
        const char *code = NULL;
        g_autofree char *why = NULL;
        struct point c = { row->lon, row->lat }, p = { row->p_lon, row->p_lat };
        struct area *a = area_circle(c, row->radius_km, &code, &why);
        assert_non_null(a);
        if (area_contains(a, p) != row->inside)
            fail_msg("%s (%.6f km)", row->name, area_distance_km(c, p));
        area_free(a);
    }
}

static void bad_circles_are_refused(void **state)
{
    static const struct {
        double lon, lat, radius_km;
        const char *code;
    } rows[] = {
        { 0, 0, -1, "radius-out-of-range" },       { 0, 0, NAN, "radius-out-of-range" },
        { 0, 0, INFINITY, "radius-out-of-range" }, { 0, 0, 20015.3, "radius-out-of-range" },
        { 181, 0, 1, "coordinate-out-of-range" },  { 0, -90.1, 1, "coordinate-out-of-range" },
        { NAN, 0, 1, "coordinate-out-of-range" },
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *code = NULL;
        g_autofree char *why = NULL;
        struct point c = { rows[i].lon, rows[i].lat };
        assert_null(area_circle(c, rows[i].radius_km, &code, &why));
        assert_string_equal(code, rows[i].code);
        assert_non_null(why);
    }
}

static void distances_are_great_circles(void **state)
{
    struct point chicago = { -87.6298, 41.8781 }, honolulu = { -157.8583, 21.3069 };

    (void)state;
    assert_true(fabs(area_distance_km(chicago, honolulu) - 6837.4) < 5);
    assert_true(area_distance_km(chicago, chicago) == 0);
    struct point quarter = { 90, 0 }, origin = { 0, 0 };
    assert_true(fabs(area_distance_km(origin, quarter) - AREA_EARTH_RADIUS_KM * G_PI / 2) < 1e-9);
}

static void areas_say_what_they_are(void **state)
{
    struct area *a = good(SQUARE "|3,3 7,3 7,7 3,3");
    const char *code;
    char *why;
    struct point c = { 1, 2 }, back;
    double radius;
    size_t n;

    (void)state;
    assert_string_equal(area_label(a), "polygon of 4 points with 1 hole");
    assert_false(area_is_circle(a, &back, &radius));
    assert_int_equal(area_ring_count(a), 2);
    assert_true(area_ring(a, 1, &n)[1].lon == 7);
    assert_int_equal(n, 4);
    assert_null(area_ring(a, 2, &n));
    area_free(a);
    a = area_circle(c, 2.5, &code, &why);
    assert_string_equal(area_label(a), "circle of 2.5 km");
    assert_true(area_is_circle(a, &back, &radius));
    assert_true(back.lon == 1 && back.lat == 2 && radius == 2.5);
    assert_int_equal(area_ring_count(a), 0);
    area_free(a);
    area_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_found),
        cmocka_unit_test(bad_rings_are_refused),
        cmocka_unit_test(the_index_agrees_with_plain_counting),
        cmocka_unit_test(one_swapped_pair_among_thousands_is_found),
        cmocka_unit_test(too_many_vertices_are_refused),
        cmocka_unit_test(circles_reach_as_far_as_they_say),
        cmocka_unit_test(bad_circles_are_refused),
        cmocka_unit_test(distances_are_great_circles),
        cmocka_unit_test(areas_say_what_they_are),
    };
    return cmocka_run_group_tests_name("area", tests, NULL, NULL);
}

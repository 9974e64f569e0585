#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "model/ring.h"

#define MAX_POINTS 12

static const struct row {
    const char *name;
    size_t n;
    struct point points[MAX_POINTS];
    const char *code; /* NULL: it is a ring */
} rows[] = {
    { "a square", 5, { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 }, { 0, 0 } }, NULL },
    { "a triangle", 4, { { 0, 0 }, { 1, 0 }, { 0, 1 }, { 0, 0 } }, NULL },
    { "three points", 3, { { 0, 0 }, { 1, 0 }, { 0, 0 } }, "ring-too-short" },
    { "an open line", 4, { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 } }, "ring-not-closed" },
    { "a latitude beyond the pole",
      4,
      { { 0, 0 }, { 1, 91 }, { 0, 1 }, { 0, 0 } },
      "coordinate-out-of-range" },
    { "a line there and back", 4, { { 0, 0 }, { 1, 0 }, { 2, 0 }, { 0, 0 } }, "ring-degenerate" },
    { "a bow tie",
      5,
      { { 0, 0 }, { 1, 1 }, { 1, 0 }, { 0, 1 }, { 0, 0 } },
      "ring-self-intersecting" },
    { "a ring that touches itself in a point",
      8,
      { { 0, 0 }, { 4, 0 }, { 4, 4 }, { 2, 0 }, { 1, 2 }, { 0, 4 }, { 0, 1 }, { 0, 0 } },
      NULL },
    { "a point given twice",
      6,
      { { 0, 0 }, { 1, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 }, { 0, 0 } },
      NULL },
    { "across the antimeridian",
      5,
      { { 179, 0 }, { -179, 0 }, { -179, 1 }, { 179, 1 }, { 179, 0 } },
      NULL },
    { "round the pole",
      5,
      { { 0, 80 }, { 120, 80 }, { -120, 80 }, { -1, 80 }, { 0, 80 } },
      "ring-encloses-pole" },
};

static void rings_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *code = NULL;
        g_autofree char *why = NULL;
        struct ring *r = ring_new(rows[i].points, rows[i].n, &code, &why);
        if ((r == NULL) != (rows[i].code != NULL) || (!r && g_strcmp0(code, rows[i].code) != 0))
            fail_msg("%s: %s", rows[i].name, code ? code : "is a ring");
        assert_true(r || (why && *why));
        if (r)
            ring_free(r);
    }
}

static const struct place_row {
    const char *name;
    size_t ring; /* index in rows */
    struct point p;
    enum ring_side side;
} places[] = {
    { "the middle of a square", 0, { 0.5, 0.5 }, RING_INSIDE },
    { "a corner", 0, { 1, 1 }, RING_BOUNDARY },
    { "an edge", 0, { 0.5, 0 }, RING_BOUNDARY },
    { "beside it", 0, { 1.0001, 0.5 }, RING_OUTSIDE },
    { "at the height of a corner", 0, { -1, 1 }, RING_OUTSIDE },
    { "west of the antimeridian", 9, { 179.5, 0.5 }, RING_INSIDE },
    { "east of it", 9, { -179.5, 0.5 }, RING_INSIDE },
    { "on it, by either name", 9, { 180, 0.5 }, RING_INSIDE },
    { "the other way round the globe", 9, { 0, 0.5 }, RING_OUTSIDE },
};

static void points_are_located(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        const struct row *of = &rows[places[i].ring];
        const char *code;
        g_autofree char *why = NULL;
        struct ring *r = ring_new(of->points, of->n, &code, &why);
        enum ring_side side = ring_locate(r, places[i].p);
        if (side != places[i].side)
            fail_msg("%s: %d", places[i].name, (int)side);
        ring_free(r);
    }
}

static void a_side_is_left_right_or_neither(void **state)
{
    const struct point a = { 0, 0 }, b = { 2, 2 };
    (void)state;
    assert_int_equal(ring_orient(a, b, (struct point){ 0, 1 }), 1);
    assert_int_equal(ring_orient(a, b, (struct point){ 1, 0 }), -1);
    assert_int_equal(ring_orient(a, b, (struct point){ 1, 1 }), 0);
    assert_int_equal(ring_orient(a, b, (struct point){ 1, 1 + 1e-14 }), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rings_are_checked),
        cmocka_unit_test(points_are_located),
        cmocka_unit_test(a_side_is_left_right_or_neither),
    };
    return cmocka_run_group_tests_name("rings", tests, NULL, NULL);
}

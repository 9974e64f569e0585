#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "wire/cap_geometry.h"

static const struct decimal_row {
    const char *text;
    bool good;
    double value;
    const char *again; /* as it is written */
} decimals[] = {
    { "41.8781", true, 41.8781, "41.8781" },
    { "-87.6298", true, -87.6298, "-87.6298" },
    { "+7", true, 7, "7" },
    { ".5", true, 0.5, "0.5" },
    { "-0", true, 0, "0" },
    { "-0.0", true, 0, "0" },
    { "0.1000", true, 0.1, "0.1" },
    { "41.87812345678901", true, 41.87812345678901, "41.87812345678901" },
    { "1e3", false, 0, NULL },
    { "0x29", false, 0, NULL },
    { "inf", false, 0, NULL },
    { "nan", false, 0, NULL },
    { "1.2.3", false, 0, NULL },
    { "4 1", false, 0, NULL },
    { "", false, 0, NULL },
    { "-", false, 0, NULL },
    { ".", false, 0, NULL },
};

static void test_decimals(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(decimals); i++) {
        double value = 0;
        if (cap_decimal(decimals[i].text, &value) != decimals[i].good)
            fail_msg("“%s”", decimals[i].text);
        if (!decimals[i].good)
            continue;
        g_autoptr(GString) again = g_string_new(NULL);
        cap_append_decimal(again, value);
        if (value != decimals[i].value || strcmp(again->str, decimals[i].again) != 0)
            fail_msg("“%s”: %s", decimals[i].text, again->str);
    }
}

static const struct polygon_row {
    const char *name, *text, *code; /* code NULL: good */
    guint points;
} polygons[] = {
    { "a triangle", "41,-88 42,-88 42,-87 41,-88", NULL, 4 },
    { "blanks of every kind", " 41,-88\t42,-88\r\n42,-87\n\n41,-88 ", NULL, 4 },
    { "closed round the globe", "1,180 2,179 3,179 1,-180", NULL, 4 },
    { "three points", "41,-88 42,-88 41,-88", "polygon-too-short", 0 },
    { "open", "41,-88 42,-88 42,-87 41,-87", "polygon-not-closed", 0 },
    { "two places", "41,-88 42,-88 41,-88 41,-88", "polygon-degenerate", 0 },
    { "off the globe", "91,-88 42,-88 42,-87 91,-88", "coordinate-out-of-range", 0 },
    { "a blank after the comma", "41, -88 42,-88 42,-87 41,-88", "bad-polygon", 0 },
    { "three numbers", "41,-88,0 42,-88,0 42,-87,0 41,-88,0", "bad-polygon", 0 },
};

static void test_polygons(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(polygons); i++) {
        const char *code = NULL;
        g_autofree char *why = NULL;
        g_autoptr(GArray) points = cap_polygon_points(polygons[i].text, &code, &why);
        if (g_strcmp0(code, polygons[i].code) != 0 || (points != NULL) != (code == NULL))
            fail_msg("%s: %s", polygons[i].name, code ? code : "good");
        assert_int_equal(points ? points->len : 0, polygons[i].points);
        assert_int_equal(why != NULL, code != NULL);
    }
}

static const struct circle_row {
    const char *text, *code;
    double radius_km;
} circles[] = {
    { "41.8781,-87.6298 10", NULL, 10 },        { "41.8781,-87.6298\n0", NULL, 0 },
    { "41.8781,-87.6298", "bad-circle", 0 },    { "41.8781,-87.6298 -1", "bad-circle", 0 },
    { "41.8781 -87.6298 10", "bad-circle", 0 }, { "41,-181 10", "coordinate-out-of-range", 0 },
};

static void test_circles(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(circles); i++) {
        const char *code = NULL;
        g_autofree char *why = NULL;
        struct point center;
        double radius_km = -1;
        bool good = cap_circle_parse(circles[i].text, &center, &radius_km, &code, &why);
        if (g_strcmp0(code, circles[i].code) != 0 || good != (code == NULL))
            fail_msg("%s: %s", circles[i].text, code ? code : "good");
        if (good && radius_km != circles[i].radius_km)
            fail_msg("%s: %f km", circles[i].text, radius_km);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimals),
        cmocka_unit_test(test_polygons),
        cmocka_unit_test(test_circles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

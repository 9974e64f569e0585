/* An audience that is accepted is written back, accepted again and says the same; a corner of an
 * area without holes is inside it. */
#include "fuzz_parts.h"
#include "model/area.h"
#include "wire/audience_json.h"

static char *written(const struct audience *a)
{
    g_autoptr(GString) out = g_string_new(NULL);

    audience_json_write(out, NULL, a);
    return g_strdup(out->str);
}

static void check_areas(const struct audience *a)
{
    for (guint i = 0; a->areas && i < a->areas->len; i++) {
        const struct area *area = a->areas->pdata[i];
        struct point center;
        double radius_km;
        size_t n;
        g_assert(*area_label(area));
        if (area_is_circle(area, &center, &radius_km)) {
            g_assert(area_contains(area, center));
            continue;
        }
        if (area_ring_count(area) > 1) /* a hole may take a corner away */
            continue;
        const struct point *corner = area_ring(area, 0, &n);
        for (size_t k = 0; k < n && k < 50; k++)
            g_assert(area_contains(area, corner[k]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct faults *f = faults_new();
    struct audience *a = audience_json_parse((const char *)data, size, f);

    g_assert((a != NULL) == !faults_any(f));
    if (a) {
        g_autofree char *once = written(a);
        struct audience *again = audience_json_parse(once, strlen(once), f);
        g_assert(again);
        g_autofree char *twice = written(again);
        g_assert_cmpstr(once, ==, twice);
        check_areas(a);
        audience_free(again);
        audience_free(a);
    }
    faults_free(f);
    return 0;
}

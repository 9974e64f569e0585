#include "wire/cap_place.h"

#include <string.h>

#include "base/text.h"
#include "model/area.h"
#include "model/place.h"
#include "wire/cap_geometry.h"
#include "wire/cap_xml.h"

#define MAX_CITY_BYTES 256

void cap_places_init(struct cap_places *p, bool lenient, struct faults *f)
{
    *p = (struct cap_places){ .lenient = lenient, .faults = f };
    p->areas = g_ptr_array_new_with_free_func((GDestroyNotify)area_free);
    p->counties = g_ptr_array_new_with_free_func(g_free);
    p->states = g_ptr_array_new_with_free_func(g_free);
    p->cities = g_ptr_array_new_with_free_func(g_free);
    p->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    p->warned = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void cap_places_clear(struct cap_places *p)
{
    GPtrArray *const owned[] = { p->areas, p->counties, p->states, p->cities };

    for (size_t i = 0; i < G_N_ELEMENTS(owned); i++)
        if (owned[i])
            g_ptr_array_unref(owned[i]);
    g_hash_table_unref(p->seen);
    g_hash_table_unref(p->warned);
    g_free(p->trouble);
}

void cap_places_trouble(struct cap_places *p, char *sentence)
{
    if (p->trouble)
        g_free(sentence);
    else
        p->trouble = sentence;
}

/* Missions are in the United States and its territories; a place elsewhere that would be there with
 * latitude and longitude exchanged was probably written the GeoJSON way round. */
static bool in_states(double lat, double lon)
{
    return lat >= -15 && lat <= 72 && (lon <= -64 || lon >= 144);
}

static void check_swapped(struct cap_places *p, struct point at, const char *place)
{
    if (in_states(at.lat, at.lon) || !in_states(at.lon, at.lat))
        return;
    g_autofree char *sentence = g_strdup_printf(
        "%.6g,%.6g lies far from every mission and would lie in the United States with "
        "latitude and longitude exchanged; CAP writes latitude first",
        at.lat, at.lon);
    cap_warn(p->faults, place, "swapped-coordinates", sentence);
}

static bool keep_area(struct cap_places *p, struct area *a, const char *code, const char *why,
                      const char *place)
{
    if (a) {
        g_ptr_array_add(p->areas, a);
        return true;
    }
    if (!p->lenient && strcmp(code, "ring-degenerate") == 0)
        cap_error(p->faults, place, "polygon-degenerate", why);
    cap_places_trouble(p, g_strdup_printf("%s: %s", place, why));
    return false;
}

static bool add_polygon(struct cap_places *p, const char *text, const char *place)
{
    const char *code = NULL;
    g_autofree char *why = NULL;
    g_autoptr(GArray) points = cap_polygon_points(text, &code, &why);
    size_t ring;

    if (!points)
        return keep_area(p, NULL, code, why, place);
    check_swapped(p, g_array_index(points, struct point, 0), place);
    struct area *a = area_polygon((const GArray *const *)&points, 1, &code, &why, &ring);
    return keep_area(p, a, code, why, place);
}

static bool add_circle(struct cap_places *p, const char *text, const char *place)
{
    const char *code = NULL;
    g_autofree char *why = NULL;
    struct point center;
    double radius_km;
    struct area *a = NULL;

    if (cap_circle_parse(text, &center, &radius_km, &code, &why)) {
        check_swapped(p, center, place);
        a = area_circle(center, radius_km, &code, &why);
    }
    return keep_area(p, a, code, why, place);
}

/* FCC 47 CFR 11.31: PSSCCC, a part of the county (0: all of it), the state, the county (000: all of
 * the state). */
static bool add_same(struct cap_places *p, const char *value, const char *place)
{
    if (strlen(value) != 6 || strspn(value, "0123456789") != 6 ||
        !place_state_of_fips((char[]){ value[1], value[2], '\0' }))
        return false;
    if (value[0] != '0') {
        g_autofree char *sentence = g_strdup_printf(
            "SAME %s is a part of county %s; the whole county is taken", value, value + 1);
        cap_warn(p->faults, place, "partial-county", sentence);
    }
    g_ptr_array_add(p->counties, g_strdup(value + 1));
    return true;
}

static bool add_state(struct cap_places *p, const char *value, const char *place)
{
    const char *code = place_state_code(value);

    (void)place;
    if (code)
        g_ptr_array_add(p->states, g_strdup(code));
    return code != NULL;
}

static bool add_city(struct cap_places *p, const char *value, const char *place)
{
    g_autofree char *line = text_clean_line(value), *city = NULL, *state = NULL;

    (void)place;
    if (strlen(line) > MAX_CITY_BYTES || !place_split(line, &city, &state))
        return false;
    g_ptr_array_add(p->cities, g_steal_pointer(&line));
    return true;
}

static const struct place_kind {
    const char *name; /* of the geocode, or NULL: not a geocode's */
    const char *key;  /* what tells like texts of different kinds apart */
    bool (*add)(struct cap_places *p, const char *value, const char *place);
} polygon_kind = { NULL, "polygon", add_polygon }, circle_kind = { NULL, "circle", add_circle },
  geocode_kinds[] = {
      { "SAME", "SAME", add_same },
      { "dss:state", "dss:state", add_state },
      { "dss:city", "dss:city", add_city },
  };

/* Is it understood?  What was seen before is answered from memory. */
static bool add_once(struct cap_places *p, const struct place_kind *kind, const char *value,
                     const char *place)
{
    g_autofree char *key = g_strconcat(kind->key, " ", value, NULL);
    gpointer known;

    if (g_hash_table_lookup_extended(p->seen, key, NULL, &known))
        return GPOINTER_TO_INT(known);
    bool understood = kind->add(p, value, place);
    g_hash_table_insert(p->seen, g_steal_pointer(&key), GINT_TO_POINTER(understood));
    return understood;
}

static const struct place_kind *geocode_kind(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(geocode_kinds); i++)
        if (g_ascii_strcasecmp(geocode_kinds[i].name, name) == 0)
            return &geocode_kinds[i];
    return NULL;
}

/* One of our own that is not understood is never passed over: nobody else means anything by it. */
static bool add_geocode(struct cap_places *p, const struct cap_pair *code, const char *place)
{
    const struct place_kind *kind = geocode_kind(code->name);

    if (kind && add_once(p, kind, code->value, place))
        return true;
    if (g_ascii_strncasecmp(code->name, "dss:", 4) == 0) {
        g_autofree char *name = cap_shown(code->name), *value = cap_shown(code->value);
        cap_places_trouble(
            p, g_strdup_printf("%s: the geocode %s “%s” is not understood", place, name, value));
    }
    return false;
}

static void pass_over(struct cap_places *p, const struct cap_pair *code, const char *place)
{
    if (!g_hash_table_add(p->warned, g_strdup(code->name)))
        return;
    g_autofree char *name = cap_shown(code->name), *value = cap_shown(code->value);
    g_autofree char *sentence = g_strdup_printf(
        "the geocode %s “%s” (and others of its kind) is not understood; the rest of its area is",
        name, value);
    cap_warn(p->faults, place, "unknown-geocode", sentence);
}

static void judge(struct cap_places *p, const struct cap_area *a, unsigned understood,
                  const GPtrArray *unknown, const char *place)
{
    g_autofree char *area = cap_shown(a->description ? a->description : "");

    if (understood > 0) {
        p->understood++;
        for (guint i = 0; i < unknown->len; i++)
            pass_over(p, unknown->pdata[i], place);
    } else if (unknown->len > 0) {
        const struct cap_pair *code = unknown->pdata[0];
        g_autofree char *name = cap_shown(code->name), *value = cap_shown(code->value);
        cap_places_trouble(p, g_strdup_printf("%s: the area “%s” is named by %s “%s” only, which "
                                              "is not understood",
                                              place, area, name, value));
    } else if (a->polygons->len == 0 && a->circles->len == 0) {
        p->bare++;
    }
}

void cap_places_add(struct cap_places *p, const struct cap_area *a, const char *place)
{
    g_autoptr(GPtrArray) unknown = g_ptr_array_new();
    unsigned understood = 0;

    for (guint i = 0; i < a->polygons->len; i++)
        understood += add_once(p, &polygon_kind, a->polygons->pdata[i], place);
    for (guint i = 0; i < a->circles->len; i++)
        understood += add_once(p, &circle_kind, a->circles->pdata[i], place);
    for (guint i = 0; i < a->geocodes->len; i++) {
        if (add_geocode(p, a->geocodes->pdata[i], place))
            understood++;
        else
            g_ptr_array_add(unknown, a->geocodes->pdata[i]);
    }
    judge(p, a, understood, unknown, place);
}

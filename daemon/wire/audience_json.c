#include "wire/audience_json.h"

#include "model/area.h"
#include "wire/json_writer.h"

#define VALUE_MAX_BYTES 256
#define MAX_ALTERNATIVES 64
#define MAX_CIRCLES 10000
#define MAX_COORDINATES 400000 /* elements of one array; area.h has the ceiling of vertices */

static struct audience *read_at(const json_t *value, const struct json_place *at, struct faults *f,
                                int depth);

/* A longitude and a latitude, and an altitude that is read over (RFC 7946, 3.1.1). */
static bool read_position(const json_t *value, const struct json_place *at, const char *code,
                          struct faults *f, struct point *out)
{
    size_t n = json_is_array(value) ? json_array_size(value) : 0;
    bool good = n == 2 || n == 3;

    for (size_t i = 0; i < n && good; i++)
        good = json_is_number(json_array_get(value, i));
    if (!good) {
        json_reader_fault(f, at, code,
                          "a position is [longitude, latitude], both numbers in degrees");
        return false;
    }
    out->lon = json_number_value(json_array_get(value, 0));
    out->lat = json_number_value(json_array_get(value, 1));
    return true;
}

static bool is_list(const json_t *value, const struct json_place *at, const char *of,
                    struct faults *f)
{
    if (!json_is_array(value))
        json_reader_fault(f, at, "wrong-type", "must be an array of %s", of);
    else if (json_array_size(value) == 0)
        json_reader_fault(f, at, "empty", "needs at least one of its %s", of);
    else if (json_array_size(value) > MAX_COORDINATES)
        json_reader_fault(f, at, "too-long", "more than %d %s", MAX_COORDINATES, of);
    else
        return true;
    return false;
}

static GArray *read_ring(const json_t *value, const struct json_place *at, struct faults *f)
{
    if (!is_list(value, at, "positions", f))
        return NULL;
    size_t n = json_array_size(value);
    GArray *ring = g_array_sized_new(FALSE, FALSE, sizeof(struct point), n);
    for (size_t i = 0; i < n; i++) {
        struct json_place item = json_reader_item_place(at, i);
        struct point p;
        if (!read_position(json_array_get(value, i), &item, "bad-geometry", f, &p)) {
            g_array_unref(ring);
            return NULL;
        }
        g_array_append_val(ring, p);
    }
    return ring;
}

static void build_polygon(const GPtrArray *rings, const struct json_place *at, struct faults *f,
                          GPtrArray *into)
{
    const char *code = NULL;
    g_autofree char *why = NULL;
    size_t bad = 0;
    struct area *a =
        area_polygon((const GArray *const *)rings->pdata, rings->len, &code, &why, &bad);

    if (a) {
        g_ptr_array_add(into, a);
        return;
    }
    struct json_place item = json_reader_item_place(at, bad);
    json_reader_fault(f, &item, "bad-geometry", "%s (%s)", why, code);
}

static void read_polygon(const json_t *value, const struct json_place *at, struct faults *f,
                         GPtrArray *into)
{
    g_autoptr(GPtrArray) rings = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);

    if (!is_list(value, at, "rings", f))
        return;
    for (size_t i = 0; i < json_array_size(value); i++) {
        struct json_place item = json_reader_item_place(at, i);
        GArray *ring = read_ring(json_array_get(value, i), &item, f);
        if (!ring)
            return;
        g_ptr_array_add(rings, ring);
    }
    build_polygon(rings, at, f, into);
}

static void read_geometry(const json_t *value, const struct json_place *at, struct faults *f,
                          GPtrArray *into)
{
    static const char *const types[] = { "Polygon", "MultiPolygon", NULL };
    struct json_reader r;

    if (!json_reader_open(&r, value, at, f))
        return;
    int type = json_reader_enum(&r, "type", JSON_MUST, types);
    const json_t *coordinates = json_reader_member(&r, "coordinates", JSON_MUST);
    struct json_place inner = json_reader_member_place(&r, "coordinates");
    json_reader_close(&r);
    if (type < 0 || !coordinates)
        return;
    if (type == 0) {
        read_polygon(coordinates, &inner, f, into);
    } else if (is_list(coordinates, &inner, "polygons", f)) {
        for (size_t i = 0; i < json_array_size(coordinates); i++) {
            struct json_place item = json_reader_item_place(&inner, i);
            read_polygon(json_array_get(coordinates, i), &item, f, into);
        }
    }
}

static void read_circle(const json_t *value, const struct json_place *at, struct faults *f,
                        GPtrArray *into)
{
    struct json_reader r;
    struct point center = { 0, 0 };
    const char *code = NULL;
    g_autofree char *why = NULL;

    if (!json_reader_open(&r, value, at, f))
        return;
    const json_t *where = json_reader_member(&r, "center", JSON_MUST);
    const json_t *radius = json_reader_member(&r, "radius_km", JSON_MUST);
    struct json_place where_at = json_reader_member_place(&r, "center");
    struct json_place radius_at = json_reader_member_place(&r, "radius_km");
    json_reader_close(&r);
    bool good = where && radius && read_position(where, &where_at, "bad-circle", f, &center);
    if (radius && !json_is_number(radius)) {
        json_reader_fault(f, &radius_at, "wrong-type", "must be a number of kilometres");
        good = false;
    }
    if (!good)
        return;
    struct area *a = area_circle(center, json_number_value(radius), &code, &why);
    if (a)
        g_ptr_array_add(into, a);
    else
        json_reader_fault(f, at, "bad-circle", "%s (%s)", why, code);
}

/* Areas and circles are one field: a union. */
static bool read_areas(struct json_reader *r, struct audience *a)
{
    const json_t *geometry = json_reader_member(r, "area", JSON_MAY);
    const json_t *circles = json_reader_array(r, "circles", JSON_MAY, 1, MAX_CIRCLES);
    struct json_place area_at = json_reader_member_place(r, "area");
    struct json_place circles_at = json_reader_member_place(r, "circles");

    if (!geometry && !circles)
        return json_reader_has(r, "circles");
    a->areas = g_ptr_array_new_with_free_func((GDestroyNotify)area_free);
    if (geometry)
        read_geometry(geometry, &area_at, r->faults, a->areas);
    for (size_t i = 0; circles && i < json_array_size(circles); i++) {
        struct json_place item = json_reader_item_place(&circles_at, i);
        read_circle(json_array_get(circles, i), &item, r->faults, a->areas);
    }
    return true;
}

/* The list fields, in the design's order; the threshold stands before county_fips. */
static const struct list_field {
    const char *name;
    size_t offset;
} list_fields[] = {
    { "missions", offsetof(struct audience, missions) },
    { "countries", offsetof(struct audience, countries) },
    { "kinds", offsetof(struct audience, kinds) },
    { "cities", offsetof(struct audience, cities) },
    { "states", offsetof(struct audience, states) },
    { "offices", offsetof(struct audience, offices) },
    { "county_fips", offsetof(struct audience, county_fips) },
};

/* Is any selector field there, good or bad? */
static bool read_fields(struct json_reader *r, struct audience *a)
{
    bool any = false;

    for (size_t i = 0; i < G_N_ELEMENTS(list_fields); i++) {
        const char *name = list_fields[i].name;
        GPtrArray **list = G_STRUCT_MEMBER_P(a, list_fields[i].offset);
        *list = json_reader_lines(r, name, JSON_MAY, AUDIENCE_JSON_MAX_VALUES, VALUE_MAX_BYTES);
        any |= json_reader_has(r, name);
    }
    a->threat_level_at_least =
        json_reader_enum(r, "threat_level_at_least", JSON_MAY, threat_level_names);
    any |= json_reader_has(r, "threat_level_at_least");
    return read_areas(r, a) || any;
}

static bool read_everyone(struct json_reader *r, struct audience *a)
{
    struct json_place at = json_reader_member_place(r, "everyone");

    if (json_reader_boolean(r, "everyone", JSON_MAY, &a->everyone) && !a->everyone)
        json_reader_fault(r->faults, &at, "not-one-of",
                          "everyone can only be true; leave it out to select missions");
    return json_reader_has(r, "everyone");
}

static bool read_any_of(struct json_reader *r, struct audience *a, int depth)
{
    const json_t *array = json_reader_array(r, "any_of", JSON_MAY, 1, MAX_ALTERNATIVES);
    struct json_place at = json_reader_member_place(r, "any_of");

    if (!array)
        return json_reader_has(r, "any_of");
    a->any_of = g_ptr_array_new_with_free_func((GDestroyNotify)audience_free);
    for (size_t i = 0; i < json_array_size(array); i++) {
        struct json_place item = json_reader_item_place(&at, i);
        struct audience *one = read_at(json_array_get(array, i), &item, r->faults, depth + 1);
        if (one)
            g_ptr_array_add(a->any_of, one);
    }
    return true;
}

static void read_forms(struct json_reader *r, struct audience *a, int depth)
{
    int forms = read_everyone(r, a);

    forms += read_any_of(r, a, depth);
    forms += read_fields(r, a);
    const json_t *except = json_reader_member(r, "except", JSON_MAY);
    struct json_place except_at = json_reader_member_place(r, "except");
    if (except)
        a->except = read_at(except, &except_at, r->faults, depth + 1);
    json_reader_close(r);
    if (forms > 1)
        json_reader_fault(r->faults, r->at, "not-allowed",
                          "everyone, any_of and the fields exclude each other; "
                          "put what belongs together into elements of any_of");
    else if (forms == 0)
        json_reader_fault(r->faults, r->at, "empty-audience",
                          "says nobody; everyone must be said as {\"everyone\": true}");
}

static struct audience *read_at(const json_t *value, const struct json_place *at, struct faults *f,
                                int depth)
{
    struct json_reader r;
    guint before = f->errors->len;

    if (depth > AUDIENCE_MAX_DEPTH) {
        json_reader_fault(f, at, "too-deep", "audiences within audiences deeper than %d levels",
                          AUDIENCE_MAX_DEPTH);
        return NULL;
    }
    if (!json_reader_open(&r, value, at, f))
        return NULL;
    struct audience *a = audience_new();
    read_forms(&r, a, depth);
    /* A faulty part must not be left out: what remains could be wider than what was meant. */
    if (f->errors->len > before || f->errors->len > JSON_READER_MAX_FAULTS)
        g_clear_pointer(&a, audience_free);
    return a;
}

struct audience *audience_json_read(const json_t *value, const struct json_place *at,
                                    struct faults *f)
{
    return read_at(value, at, f, 1);
}

struct audience *audience_json_parse(const char *text, size_t len, struct faults *f)
{
    guint before = f->errors->len;
    json_t *value = json_reader_parse(text, len, AUDIENCE_JSON_MAX_BYTES, f);
    if (!value)
        return NULL;
    struct audience *a = audience_json_read(value, NULL, f);
    json_decref(value);
    if (f->errors->len > before)
        g_clear_pointer(&a, audience_free);
    return a;
}

static void write_position(GString *out, const char *name, struct point p)
{
    json_writer_open(out, name, '[');
    json_writer_double(out, NULL, p.lon);
    json_writer_double(out, NULL, p.lat);
    json_writer_close(out, ']');
}

static void write_polygon(GString *out, const char *name, const struct area *a)
{
    json_writer_open(out, name, '[');
    for (size_t i = 0; i < area_ring_count(a); i++) {
        size_t n;
        const struct point *ring = area_ring(a, i, &n);
        json_writer_open(out, NULL, '[');
        for (size_t k = 0; k < n; k++)
            write_position(out, NULL, ring[k]);
        json_writer_close(out, ']');
    }
    json_writer_close(out, ']');
}

static void write_polygons(GString *out, const GPtrArray *polygons)
{
    if (polygons->len == 0)
        return;
    json_writer_open(out, "area", '{');
    json_writer_string(out, "type", polygons->len == 1 ? "Polygon" : "MultiPolygon");
    if (polygons->len == 1) {
        write_polygon(out, "coordinates", g_ptr_array_index(polygons, 0));
    } else {
        json_writer_open(out, "coordinates", '[');
        for (guint i = 0; i < polygons->len; i++)
            write_polygon(out, NULL, g_ptr_array_index(polygons, i));
        json_writer_close(out, ']');
    }
    json_writer_close(out, '}');
}

static void write_circles(GString *out, const GPtrArray *circles)
{
    if (circles->len == 0)
        return;
    json_writer_open(out, "circles", '[');
    for (guint i = 0; i < circles->len; i++) {
        struct point center;
        double radius_km;
        area_is_circle(g_ptr_array_index(circles, i), &center, &radius_km);
        json_writer_open(out, NULL, '{');
        write_position(out, "center", center);
        json_writer_double(out, "radius_km", radius_km);
        json_writer_close(out, '}');
    }
    json_writer_close(out, ']');
}

static void write_areas(GString *out, const GPtrArray *areas)
{
    g_autoptr(GPtrArray) polygons = g_ptr_array_new();
    g_autoptr(GPtrArray) circles = g_ptr_array_new();

    for (guint i = 0; i < areas->len; i++) {
        struct area *a = g_ptr_array_index(areas, i);
        struct point center;
        double radius_km;
        g_ptr_array_add(area_is_circle(a, &center, &radius_km) ? circles : polygons, a);
    }
    write_polygons(out, polygons);
    write_circles(out, circles);
}

static void write_fields(GString *out, const struct audience *a)
{
    for (size_t i = 0; i < G_N_ELEMENTS(list_fields); i++) {
        const GPtrArray *list = G_STRUCT_MEMBER(GPtrArray *, a, list_fields[i].offset);
        if (list_fields[i].offset == offsetof(struct audience, county_fips) &&
            a->threat_level_at_least >= 0)
            json_writer_string(out, "threat_level_at_least",
                               threat_level_names[a->threat_level_at_least]);
        if (!list)
            continue;
        json_writer_open(out, list_fields[i].name, '[');
        for (guint k = 0; k < list->len; k++)
            json_writer_string(out, NULL, g_ptr_array_index(list, k));
        json_writer_close(out, ']');
    }
    if (a->areas)
        write_areas(out, a->areas);
}

void audience_json_write(GString *out, const char *name, const struct audience *a)
{
    json_writer_open(out, name, '{');
    if (a->everyone)
        json_writer_boolean(out, "everyone", true);
    if (a->any_of) {
        json_writer_open(out, "any_of", '[');
        for (guint i = 0; i < a->any_of->len; i++)
            audience_json_write(out, NULL, g_ptr_array_index(a->any_of, i));
        json_writer_close(out, ']');
    }
    write_fields(out, a);
    if (a->except)
        audience_json_write(out, "except", a->except);
    json_writer_close(out, '}');
}

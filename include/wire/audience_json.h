/*
 * audience_json - an audience as the design's JSON object, read strictly and written back.
 *
 * Exactly one form: {"everyone": true}, {"any_of": [...]}, or a selector of fields; "except" may
 * stand beside each.  Nothing widens: an empty object, array or string is a fault that names the
 * field. Areas are GeoJSON (Polygon, MultiPolygon); an altitude is read over.  Written back, the
 * polygons of one selector are one geometry and circles stand in "circles"; doubles read back
 * equal. Codes, besides json_reader.h's: empty-audience bad-geometry bad-circle not-allowed.
 */
#pragma once
#include "model/audience.h"
#include "model/faults.h"
#include "wire/json_reader.h"

#define AUDIENCE_JSON_MAX_BYTES (5 * 1024 * 1024)
#define AUDIENCE_JSON_MAX_VALUES 10000 /* of one field */

/* NULL when f received an error of it. */
struct audience *audience_json_read(const json_t *value, const struct json_place *at,
                                    struct faults *f);
/* The same from text. */
struct audience *audience_json_parse(const char *text, size_t len, struct faults *f);
void audience_json_write(GString *out, const char *name, const struct audience *a);

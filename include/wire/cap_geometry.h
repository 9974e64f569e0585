/*
 * cap_geometry - polygons and circles as CAP writes them: "lat,lon lat,lon …" and "lat,lon km".
 *
 * A part of cap.  Plain decimals only: no exponent, no hexadecimal, no infinity.  Only the grammar
 * is judged (at least four points, the last one the first, three different ones, on the globe);
 * whether the line crosses itself is area.h's business.
 */
#pragma once
#include "model/area.h"

/* On fault false or NULL with *code (static) and a sentence in *why (caller frees).  Codes:
 * bad-polygon polygon-too-short polygon-not-closed polygon-degenerate bad-circle
 * coordinate-out-of-range. */
GArray *cap_polygon_points(const char *text, const char **code, char **why); /* of struct point */
bool cap_circle_parse(const char *text, struct point *center, double *radius_km, const char **code,
                      char **why);

/* The whole of text as a plain decimal. */
bool cap_decimal(const char *text, double *value);
/* The other way; the shortest plain decimals that read back equal (to 1e-17). */
void cap_append_decimal(GString *out, double value);
void cap_append_point(GString *out, struct point p);

#include "wire/cap_geometry.h"

#include <math.h>
#include <string.h>

#include "wire/cap_xml.h"

#define BLANKS " \t\r\n"
#define MAX_NUMBER_CHARS 64
#define MAX_DECIMALS 17

/* [+-]digits[.digits], at least one digit. */
static bool is_decimal(const char *s, size_t n)
{
    size_t i = n > 0 && (s[0] == '-' || s[0] == '+'), digits = 0, points = 0;

    for (; i < n; i++) {
        digits += g_ascii_isdigit(s[i]);
        points += s[i] == '.';
        if (!g_ascii_isdigit(s[i]) && s[i] != '.')
            return false;
    }
    return digits > 0 && points <= 1;
}

static bool read_number(const char *s, size_t n, double *value)
{
    char text[MAX_NUMBER_CHARS + 1];

    if (n > MAX_NUMBER_CHARS || !is_decimal(s, n))
        return false;
    memcpy(text, s, n);
    text[n] = '\0';
    *value = g_ascii_strtod(text, NULL);
    return true;
}

bool cap_decimal(const char *text, double *value)
{
    return read_number(text, strlen(text), value);
}

static bool read_pair(const char *s, size_t n, struct point *p)
{
    const char *comma = memchr(s, ',', n);

    return comma && read_number(s, (size_t)(comma - s), &p->lat) &&
           read_number(comma + 1, n - (size_t)(comma - s) - 1, &p->lon);
}

static bool on_globe(struct point p, const char **code, char **why)
{
    if (fabs(p.lat) <= 90 && fabs(p.lon) <= 180)
        return true;
    *code = "coordinate-out-of-range";
    *why = g_strdup_printf("latitude %.9g, longitude %.9g is not on the globe", p.lat, p.lon);
    return false;
}

static bool same(struct point a, struct point b)
{
    double turn = fabs(a.lon - b.lon);

    return a.lat == b.lat && (turn == 0 || turn == 360);
}

static bool has_three(const GArray *points)
{
    struct point first = g_array_index(points, struct point, 0), second = first;

    for (guint i = 1; i < points->len; i++) {
        struct point p = g_array_index(points, struct point, i);
        if (same(second, first))
            second = p;
        else if (!same(p, first) && !same(p, second))
            return true;
    }
    return false;
}

static bool check_points(const GArray *points, const char **code, char **why)
{
    if (points->len < 4) {
        *code = "polygon-too-short";
        *why = g_strdup_printf("a polygon has at least 4 points, the first one again at the end; "
                               "this one has %u",
                               points->len);
    } else if (!same(g_array_index(points, struct point, 0),
                     g_array_index(points, struct point, points->len - 1))) {
        *code = "polygon-not-closed";
        *why = g_strdup("the last point of a polygon must be the first one again");
    } else if (!has_three(points)) {
        *code = "polygon-degenerate";
        *why = g_strdup("the polygon has fewer than three different points and encloses nothing");
    } else {
        return true;
    }
    return false;
}

static bool read_points(const char *text, GArray *points, const char **code, char **why)
{
    for (const char *s = text + strspn(text, BLANKS); *s; s += strspn(s, BLANKS)) {
        size_t n = strcspn(s, BLANKS);
        struct point p;
        if (!read_pair(s, n, &p)) {
            g_autofree char *pair = g_strndup(s, n), *shown = cap_shown(pair);
            *code = "bad-polygon";
            *why = g_strdup_printf("“%s” is not latitude,longitude in plain decimals", shown);
            return false;
        }
        if (!on_globe(p, code, why))
            return false;
        g_array_append_val(points, p);
        s += n;
    }
    return check_points(points, code, why);
}

GArray *cap_polygon_points(const char *text, const char **code, char **why)
{
    GArray *points = g_array_new(FALSE, FALSE, sizeof(struct point));

    if (read_points(text, points, code, why))
        return points;
    g_array_unref(points);
    return NULL;
}

bool cap_circle_parse(const char *text, struct point *center, double *radius_km, const char **code,
                      char **why)
{
    size_t n = strcspn(text, BLANKS);
    const char *radius = text + n + strspn(text + n, BLANKS);

    if (!read_pair(text, n, center) || !cap_decimal(radius, radius_km) || *radius_km < 0) {
        g_autofree char *shown = cap_shown(text);
        *code = "bad-circle";
        *why = g_strdup_printf("“%s” is not latitude,longitude and a radius in km", shown);
        return false;
    }
    return on_globe(*center, code, why);
}

void cap_append_decimal(GString *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE + 16];

    if (value == 0)
        value = 0; /* without a sign */
    for (int decimals = 0; decimals <= MAX_DECIMALS; decimals++) {
        char format[8];
        g_snprintf(format, sizeof format, "%%.%df", decimals);
        g_ascii_formatd(text, sizeof text, format, value);
        if (g_ascii_strtod(text, NULL) == value)
            break;
    }
    g_string_append(out, text);
}

void cap_append_point(GString *out, struct point p)
{
    cap_append_decimal(out, p.lat);
    g_string_append_c(out, ',');
    cap_append_decimal(out, p.lon);
}

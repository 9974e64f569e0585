#include "api/media.h"

#include "api/router.h"
#include "flow/preview.h"
#include <string.h>

/* The type alone, in lower case; its parameters start at *rest. */
static char *bare(const char *text, const char **rest)
{
    size_t n = strcspn(text, ";,");
    *rest = text + n;
    g_autofree char *copy = g_strndup(text, n);
    return g_ascii_strdown(g_strstrip(copy), -1);
}

const char *media_of_broadcast(const char *content_type)
{
    static const char *const xml[] = { PREVIEW_CAP, "text/xml", "application/xml", NULL };
    const char *rest;
    if (!content_type)
        return NULL;
    g_autofree char *type = bare(content_type, &rest);
    if (g_str_equal(type, PREVIEW_JSON))
        return PREVIEW_JSON;
    return g_strv_contains(xml, type) ? PREVIEW_CAP : NULL;
}

static bool is(const char *content_type, const char *type)
{
    const char *rest;
    g_autofree char *given = content_type ? bare(content_type, &rest) : NULL;
    return g_strcmp0(given, type) == 0;
}

const char *media_wanted(unsigned route_flags, const char *content_type, bool has_body)
{
    if (route_flags & ROUTE_FORM)
        return is(content_type, MEDIA_FORM) ? NULL : MEDIA_FORM;
    if (route_flags & ROUTE_BROADCAST)
        return media_of_broadcast(content_type) ? NULL : PREVIEW_JSON " or " PREVIEW_CAP;
    bool must = (route_flags & ROUTE_MUST_JSON) || ((route_flags & ROUTE_MAY_JSON) && has_body);
    return !must || is(content_type, PREVIEW_JSON) ? NULL : PREVIEW_JSON;
}

/* The weight of one range, 1 where it has none (RFC 9110, section 12.4.2). */
static double weight(const char *parameters, size_t len)
{
    g_autofree char *text = g_strndup(parameters, len);
    g_auto(GStrv) each = g_strsplit(text, ";", 16);
    for (guint i = 0; each[i]; i++) {
        const char *p = g_strstrip(each[i]);
        if (g_ascii_strncasecmp(p, "q=", 2) == 0)
            return g_ascii_strtod(p + 2, NULL);
    }
    return 1;
}

bool media_wants_cap(const char *accept)
{
    double cap = 0, json = 0;
    for (const char *at = accept; at && *at;) {
        const char *rest;
        g_autofree char *type = bare(at, &rest);
        size_t n = strcspn(rest, ",");
        if (g_str_equal(type, PREVIEW_CAP))
            cap = weight(rest, n);
        else if (g_str_equal(type, PREVIEW_JSON))
            json = weight(rest, n);
        at = rest + n + (rest[n] == ',');
    }
    return cap > 0 && cap > json;
}

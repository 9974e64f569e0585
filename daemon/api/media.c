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

/* How much an Accept header asks for a type: by its name, else by its kind, else by what takes all
 * (section 12.5.1). */
static double wanted(const char *accept, const char *type)
{
    g_autofree char *kind = g_strdup_printf("%.*s/*", (int)strcspn(type, "/"), type);
    const char *const ranges[] = { type, kind, "*/*" };
    double found[G_N_ELEMENTS(ranges)] = { -1, -1, -1 };
    for (const char *at = accept; at && *at;) {
        const char *rest;
        g_autofree char *range = bare(at, &rest);
        size_t n = strcspn(rest, ",");
        for (size_t i = 0; i < G_N_ELEMENTS(ranges); i++)
            if (g_str_equal(range, ranges[i]))
                found[i] = weight(rest, n);
        at = rest + n + (rest[n] == ',');
    }
    for (size_t i = 0; i < G_N_ELEMENTS(found); i++)
        if (found[i] >= 0)
            return found[i];
    return 0;
}

size_t media_choose(const char *accept, const char *const *types)
{
    size_t best = 0;
    for (size_t i = 1; types[i]; i++)
        if (wanted(accept, types[i]) > wanted(accept, types[best]))
            best = i;
    return best;
}

bool media_wants_cap(const char *accept)
{
    static const char *const types[] = { PREVIEW_JSON, PREVIEW_CAP, NULL };
    return media_choose(accept, types) == 1;
}

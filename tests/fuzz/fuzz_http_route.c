/* "METHOD TARGET" against the real table: a route is found with what it asks for, or there is a
 * reason. */
#include "api/routes.h"
#include "fuzz_target.h"
#include <string.h>

static void check_found(const struct route_match *m)
{
    g_assert(m->route && m->param && !m->allow && !m->why);
    g_assert(g_utf8_validate(m->param, -1, NULL) && strlen(m->param) <= ROUTE_VALUE_MAX);
    g_assert(!*m->param == !strchr(m->route->path, '{'));
    for (size_t i = 0; i < ROUTE_MAX_QUERY && m->route->query[i]; i++)
        g_assert(!m->query[i] || g_utf8_validate(m->query[i], -1, NULL));
}

static void check_allow(const struct route_match *m, const char *method)
{
    g_auto(GStrv) methods = g_strsplit(m->allow, ", ", -1);
    g_assert(!m->route && *m->allow && !g_strv_contains((const char *const *)methods, method));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    char *target = strchr(text, ' ');
    if (!target)
        return 0;
    *target++ = '\0';
    char *query = strchr(target, '?');
    if (query)
        *query++ = '\0';
    struct route_match m;
    switch (router_resolve(api_routes, api_routes_count, size % 2 ? ROUTE_PAGE : 0, text, target,
                           query, &m)) {
    case ROUTE_FOUND:
        check_found(&m);
        break;
    case ROUTE_NO_PATH:
        g_assert(!m.route && !m.allow);
        break;
    case ROUTE_NO_METHOD:
        check_allow(&m, text);
        break;
    case ROUTE_BAD:
        g_assert(m.place && *m.why);
    }
    route_match_clear(&m);
    return 0;
}

#include "api/router.h"

#include "base/text.h"
#include <stdbool.h>
#include <string.h>

/* Does the path fit?  *param is where its parameter stands, if it has one. */
static bool fits(const char *pattern, const char *path, const char **param, size_t *len)
{
    *param = NULL;
    while (*pattern) {
        if (*pattern == '{') {
            *param = path;
            *len = strcspn(path, "/");
            if (*len == 0)
                return false;
            path += *len;
            pattern += strcspn(pattern, "}") + 1;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

/* NULL: the encoding is broken, or it holds what no parameter may. */
static char *decode(const char *text, size_t len, bool plus_is_blank)
{
    g_autofree char *copy = g_strndup(text, len);
    if (plus_is_blank)
        g_strdelimit(copy, "+", ' ');
    char *plain = g_uri_unescape_string(copy, NULL);
    if (plain && strlen(plain) <= ROUTE_VALUE_MAX && !text_has_control(plain))
        return plain;
    g_free(plain);
    return NULL;
}

static enum route_verdict bad(struct route_match *out, const char *name, const char *why)
{
    out->place = g_strdup(name);
    out->why = g_strdup(why);
    return ROUTE_BAD;
}

static enum route_verdict take_pair(struct route_match *out, const char *pair)
{
    size_t n = strcspn(pair, "=");
    g_autofree char *name = decode(pair, n, true);
    const char *const *known = out->route->query;
    size_t i = 0;
    if (!name)
        return bad(out, "", "a query parameter's name is not properly encoded");
    while (known[i] && !g_str_equal(known[i], name))
        i++;
    if (!known[i]) {
        const char *meant = text_did_you_mean(name, known);
        g_autofree char *why =
            meant ? g_strdup_printf("there is no such query parameter here; did you mean \"%s\"?",
                                    meant)
                  : g_strdup("there is no such query parameter here");
        return bad(out, name, why);
    }
    if (out->query[i])
        return bad(out, name, "the query parameter is given twice");
    out->query[i] = decode(pair + n + (pair[n] == '='), strlen(pair + n + (pair[n] == '=')), true);
    return out->query[i] ? ROUTE_FOUND : bad(out, name, "the value is not properly encoded text");
}

static enum route_verdict take_query(struct route_match *out, const char *query)
{
    if (!query || !*query || (out->route->flags & ROUTE_PAGE))
        return ROUTE_FOUND;
    g_auto(GStrv) pairs = g_strsplit(query, "&", 3 * ROUTE_MAX_QUERY);
    for (size_t i = 0; pairs[i]; i++) {
        enum route_verdict v = take_pair(out, pairs[i]);
        if (v != ROUTE_FOUND)
            return v;
    }
    return ROUTE_FOUND;
}

static enum route_verdict take(struct route_match *out, const struct route *r, const char *param,
                               size_t len, const char *query)
{
    out->route = r;
    out->param = param ? decode(param, len, false) : g_strdup("");
    if (!out->param)
        return bad(out, "", "the path is not properly encoded text");
    return take_query(out, query);
}

/* HEAD is GET without the body; a stream has no other part. */
static bool serves(const struct route *r, const char *method)
{
    bool head = g_str_equal(method, "HEAD") && !(r->flags & ROUTE_STREAM);
    return g_str_equal(r->method, head ? "GET" : method);
}

enum route_verdict router_resolve(const struct route *table, size_t n, unsigned kind,
                                  const char *method, const char *path, const char *query,
                                  struct route_match *out)
{
    g_autoptr(GString) allow = g_string_new(NULL);
    *out = (struct route_match){ 0 };
    for (size_t i = 0; i < n; i++) {
        const char *param;
        size_t len = 0;
        if ((table[i].flags & ROUTE_PAGE) != kind || !fits(table[i].path, path, &param, &len))
            continue;
        if (serves(&table[i], method))
            return take(out, &table[i], param, len, query);
        g_string_append_printf(allow, "%s%s", allow->len ? ", " : "", table[i].method);
    }
    if (allow->len == 0)
        return ROUTE_NO_PATH;
    out->allow = g_string_free(g_steal_pointer(&allow), FALSE);
    return ROUTE_NO_METHOD;
}

const char *route_match_query(const struct route_match *m, const char *name)
{
    for (size_t i = 0; m->route->query[i]; i++)
        if (g_str_equal(m->route->query[i], name))
            return m->query[i];
    return NULL;
}

void route_match_clear(struct route_match *m)
{
    g_free(m->param);
    g_free(m->allow);
    g_free(m->place);
    g_free(m->why);
    for (size_t i = 0; i < ROUTE_MAX_QUERY; i++)
        g_free(m->query[i]);
    *m = (struct route_match){ 0 };
}

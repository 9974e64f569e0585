#include "api/query.h"

#include "base/timestamp.h"
#include <string.h>

#define IDEMPOTENCY_KEY_MAX 255 /* bytes */

const char *api_query(const struct api_request *r, const char *name)
{
    return route_match_query(&r->match, name);
}

/* The answer to a query parameter that means nothing. */
static bool bad_query(struct api_request *r, const char *name, const char *why)
{
    struct faults *f = faults_new();
    faults_add(f, name, "bad-parameter", "%s", why);
    api_problem_faults(r, 400, "bad-parameter", "a query parameter cannot be used", f);
    faults_free(f);
    return false;
}

bool api_query_integer(struct api_request *r, const char *name, int64_t min, int64_t max,
                       int64_t fallback, int64_t *out)
{
    const char *text = api_query(r, name);
    g_autofree char *why = NULL;
    gint64 value;
    *out = fallback;
    if (!text)
        return true;
    if (g_ascii_string_to_signed(text, 10, min, max, &value, NULL)) {
        *out = value;
        return true;
    }
    why = g_strdup_printf("write a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                          min, max);
    return bad_query(r, name, why);
}

bool api_query_time(struct api_request *r, const char *name, int64_t fallback, int64_t *out_ms)
{
    const char *text = api_query(r, name), *why = NULL;
    struct timestamp t;
    *out_ms = fallback;
    if (!text)
        return true;
    if (!timestamp_parse(text, &t, &why))
        return bad_query(r, name, why);
    *out_ms = t.ms;
    return true;
}

bool api_query_boolean(struct api_request *r, const char *name, bool *out)
{
    const char *text = api_query(r, name);
    *out = text && g_str_equal(text, "true");
    return !text || *out || g_str_equal(text, "false") || bad_query(r, name, "write true or false");
}

bool api_query_one_of(struct api_request *r, const char *name, const char *const *names)
{
    const char *text = api_query(r, name);
    if (!text || g_strv_contains(names, text))
        return true;
    g_autofree char *all = g_strjoinv(", ", (char **)names);
    g_autofree char *why = g_strconcat("write one of ", all, NULL);
    return bad_query(r, name, why);
}

bool api_idempotency_key(struct api_request *r, const char **key)
{
    *key = api_header(r, "Idempotency-Key");
    if (!*key || (**key != '\0' && strlen(*key) <= IDEMPOTENCY_KEY_MAX))
        return true;
    api_problem(r, 400, "bad-key", "an Idempotency-Key has 1 to %d bytes", IDEMPOTENCY_KEY_MAX);
    return false;
}

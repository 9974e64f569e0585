#include "io/http_request.h"

#include "base/text.h"
#include <curl/curl.h>

static const char *const own_lines[] = {
    "User-Agent: liaisond/" LIAISOND_VERSION, "Expect:", /* never wait for a 100 */
};

static bool is_hostile(const GPtrArray *headers)
{
    for (guint i = 0; headers && i < headers->len; i++)
        if (text_has_control(g_ptr_array_index(headers, i)))
            return true;
    return false;
}

/* As libcurl would read it for each request. */
static CURLU *parse(const char *url)
{
    CURLU *u = curl_url();
    if (curl_url_set(u, CURLUPART_URL, url, CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME) ==
        CURLUE_OK)
        return u;
    curl_url_cleanup(u);
    return NULL;
}

/* A list that libcurl only reads. */
static struct curl_slist *chain(const GPtrArray *headers)
{
    guint given = headers ? headers->len : 0, n = given + G_N_ELEMENTS(own_lines);
    struct curl_slist *lines = g_new(struct curl_slist, n);
    for (guint i = 0; i < n; i++) {
        lines[i].data = i < given ? g_ptr_array_index(headers, i) : (char *)own_lines[i - given];
        lines[i].next = i + 1 < n ? &lines[i + 1] : NULL;
    }
    return lines;
}

struct http_request *http_request_new(const char *url, char *body, size_t len, GPtrArray *headers)
{
    struct http_request *r = g_new0(struct http_request, 1);
    r->url = g_strdup(url);
    r->parsed = parse(url);
    r->body = body;
    r->body_len = len;
    r->headers = headers;
    r->lines = chain(headers);
    r->hostile = is_hostile(headers);
    r->link.data = r;
    return r;
}

void http_request_free(struct http_request *r)
{
    if (!r)
        return;
    curl_url_cleanup(r->parsed);
    g_clear_pointer(&r->headers, g_ptr_array_unref);
    g_free(r->lines);
    g_free(r->url);
    g_free(r->body);
    g_free(r);
}

const char *http_request_fault(const struct http_request *r, bool allow_http)
{
    if (!allow_http && g_ascii_strncasecmp(r->url, "http:", 5) == 0)
        return "plain http is not allowed, only https";
    return r->hostile ? "a request header holds a control character" : NULL;
}

#include "api/page_reply.h"

#define TROUBLE_WAIT_MS 5000

char *page_path(const struct api_request *r, const char *path)
{
    g_autoptr(GUri) base =
        g_uri_parse(r->service->config->acknowledge.base_url, G_URI_FLAGS_ENCODED, NULL);
    return g_strconcat(base ? g_uri_get_path(base) : "", path, NULL);
}

void page_reply(struct api_request *r, int status, char *html)
{
    api_reply_text(r, status, PAGE_CONTENT_TYPE, html);
}

static int status_of(enum page_plain kind)
{
    switch (kind) {
    case PAGE_UNKNOWN_LINK:
        return 404;
    case PAGE_TOO_MANY_TRIES:
        return 429;
    case PAGE_TROUBLE:
        return 503;
    }
    g_assert_not_reached();
}

void page_reply_too_many(struct api_request *r, int64_t wait_ms)
{
    const struct route *route = r->match.route;
    if (route && !(route->flags & ROUTE_MUST_JSON))
        page_reply_plain(r, PAGE_TOO_MANY_TRIES, wait_ms);
    else
        api_too_many(r, wait_ms, "too many tries");
}

void page_reply_plain(struct api_request *r, enum page_plain kind, int64_t wait_ms)
{
    const struct service *s = r->service;
    if (kind == PAGE_TROUBLE)
        wait_ms = TROUBLE_WAIT_MS;
    int64_t wait_s = (wait_ms + 999) / 1000;
    g_autofree char *after = g_strdup_printf("%" G_GINT64_FORMAT, wait_s);
    if (wait_s > 0)
        api_header_set(r, "Retry-After", after);
    page_reply(r, status_of(kind),
               page_plain(kind, api_header(r, "Accept-Language"), wait_s, s->config->directory,
                          s->templates));
}

#include "api/http_check.h"

#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <string.h>
#include <strings.h>

static unsigned count(const struct evkeyvalq *headers, const char *name)
{
    const struct evkeyval *h;
    unsigned n = 0;
    for (h = headers->tqh_first; h; h = h->next.tqe_next)
        n += strcasecmp(h->key, name) == 0;
    return n;
}

static bool is_token(const char *name)
{
    return *name && name[strspn(name, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

static const char *check_names(const struct evkeyvalq *headers)
{
    const struct evkeyval *h;
    for (h = headers->tqh_first; h; h = h->next.tqe_next)
        if (!is_token(h->key))
            return "a header has no name, or one that is no token";
    return NULL;
}

static bool is_length(const char *text)
{
    size_t n = strspn(text, "0123456789");
    return n > 0 && n < 19 && text[n] == '\0';
}

/* evhttp answers in whatever version the request names.  A later 1.x is answered as 1.1 (RFC 9112,
 * 2.3). */
static const char *check_version(struct evhttp_request *q)
{
    bool known = q->major == 1;
    if (!known || q->minor > 1) {
        q->major = 1;
        q->minor = 1;
    }
    return known ? NULL : "the version of HTTP is neither 1.0 nor 1.1";
}

static const char *check_length(const struct evhttp_request *q, const struct evkeyvalq *headers)
{
    unsigned lengths = count(headers, "Content-Length");
    unsigned encodings = count(headers, "Transfer-Encoding");
    if (lengths > 1)
        return "Content-Length is given more than once";
    if (encodings > 1 || (encodings && lengths))
        return "Transfer-Encoding stands beside another length of the body";
    if (encodings && q->minor == 0)
        return "HTTP/1.0 knows no Transfer-Encoding";
    if (lengths && !is_length(evhttp_find_header(headers, "Content-Length")))
        return "Content-Length is no number";
    if (encodings && strcasecmp(evhttp_find_header(headers, "Transfer-Encoding"), "chunked") != 0)
        return "only the transfer encoding chunked is known";
    return NULL;
}

/* evhttp reads no body behind the other methods, and would take it for the next request. */
static const char *check_body(const struct evhttp_request *q, const struct evkeyvalq *headers)
{
    const char *length = evhttp_find_header(headers, "Content-Length");
    bool may =
        q->type == EVHTTP_REQ_POST || q->type == EVHTTP_REQ_PUT || q->type == EVHTTP_REQ_PATCH;
    bool has = (length && length[strspn(length, "0")] != '\0') ||
               evhttp_find_header(headers, "Transfer-Encoding");
    return has && !may ? "this method takes no body" : NULL;
}

static const char *check_host(const struct evhttp_request *q, const struct evkeyvalq *headers)
{
    unsigned hosts = count(headers, "Host");
    bool needed = q->minor >= 1; /* of HTTP/1 */
    if (hosts > 1)
        return "Host is given more than once";
    return needed && hosts == 0 ? "Host is missing" : NULL;
}

/* evhttp gives an answer to CONNECT no length and keeps the connection: neither can be had from it,
 * so the refusal goes out as that of another method. */
static const char *check_method(struct evhttp_request *q)
{
    if (q->type != EVHTTP_REQ_CONNECT)
        return NULL;
    q->type = EVHTTP_REQ_OPTIONS;
    return "this is no proxy";
}

const char *http_check(struct evhttp_request *q, bool has_nul)
{
    const struct evkeyvalq *headers = evhttp_request_get_input_headers(q);
    const char *version = check_version(q), *method = check_method(q);
    const char *why = has_nul ? "there is a NUL in the headers" : version;
    if (!why)
        why = check_names(headers);
    if (!why)
        why = method;
    if (!why)
        why = check_length(q, headers);
    if (!why)
        why = check_body(q, headers);
    return why ? why : check_host(q, headers);
}

#include "api/request.h"

#include "api/http_conn.h"
#include "api/problem.h"
#include "api/scribe.h"
#include "api/server_state.h"
#include "base/timestamp.h"
#include "wire/page.h"
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <string.h>
#include <unistd.h>

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

const char *api_header(const struct api_request *r, const char *name)
{
    return r->http ? evhttp_find_header(evhttp_request_get_input_headers(r->http), name) : NULL;
}

const char *api_header_last(const struct api_request *r, const char *name)
{
    const char *last = NULL;
    const struct evkeyval *h =
        r->http ? evhttp_request_get_input_headers(r->http)->tqh_first : NULL;
    for (; h; h = h->next.tqe_next)
        if (g_ascii_strcasecmp(h->key, name) == 0)
            last = h->value;
    return last;
}

const char *api_body(struct api_request *r, size_t *len)
{
    struct evbuffer *body = r->http ? evhttp_request_get_input_buffer(r->http) : NULL;
    *len = body ? evbuffer_get_length(body) : 0;
    return *len > 0 ? (const char *)evbuffer_pullup(body, -1) : "";
}

bool api_idempotency_key(struct api_request *r, const char **key)
{
    *key = api_header(r, "Idempotency-Key");
    if (!*key || (**key != '\0' && strlen(*key) <= IDEMPOTENCY_KEY_MAX))
        return true;
    api_problem(r, 400, "bad-key", "an Idempotency-Key has 1 to %d bytes", IDEMPOTENCY_KEY_MAX);
    return false;
}

void api_header_set(struct api_request *r, const char *name, const char *value)
{
    if (!r->http)
        return;
    struct evkeyvalq *headers = evhttp_request_get_output_headers(r->http);
    evhttp_remove_header(headers, name);
    evhttp_add_header(headers, name, value); /* refuses line breaks */
}

/* What strangers' browsers are told of every answer: the address of a page is a secret, and no page
 * has anything to run, to fetch or to be framed by. */
static void guard_page(struct api_request *r)
{
    api_header_set(r, "Content-Security-Policy", PAGE_POLICY);
    api_header_set(r, "Referrer-Policy", "no-referrer");
    api_header_set(r, "X-Robots-Tag", "noindex");
}

static bool wants_body(const struct api_request *r)
{
    return evhttp_request_get_command(r->http) != EVHTTP_REQ_HEAD;
}

static void send_now(struct api_request *r)
{
    if (r->http)
        api_server_send(r, r->status, problem_status_text(r->status));
    api_request_free(r);
}

/* The body, if any, is in its buffer. */
static void send_off(struct api_request *r, int status, const char *type)
{
    api_server_note_reply(r, status);
    r->status = status;
    r->on_gone = NULL; /* there is nothing left to give up */
    if (r->http) {
        if (*type)
            api_header_set(r, "Content-Type", type);
        api_header_set(r, "Cache-Control", "no-store");
        api_header_set(r, "X-Content-Type-Options", "nosniff");
        if (r->page)
            guard_page(r);
        if (r->close)
            api_header_set(r, "Connection", "close");
    }
    if (r->match.route && scribe_wants(r->match.route))
        scribe_write(r->server ? api_server_scribe(r->server) : NULL, r, status, send_now);
    else
        send_now(r);
}

void api_reply(struct api_request *r, int status, const char *type, const char *body, size_t len)
{
    if (r->http && len > 0 && wants_body(r))
        evbuffer_add(evhttp_request_get_output_buffer(r->http), body, len);
    send_off(r, status, type);
}

void api_reply_file(struct api_request *r, int status, const char *type, int fd, int64_t bytes)
{
    if (!r->http || !wants_body(r) ||
        evbuffer_add_file(evhttp_request_get_output_buffer(r->http), fd, 0, bytes) != 0)
        close(fd);
    send_off(r, status, type);
}

void api_reply_text(struct api_request *r, int status, const char *type, char *text)
{
    api_reply(r, status, type, text, strlen(text));
    g_free(text);
}

void api_reply_json(struct api_request *r, int status, json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT);
    g_assert(text); /* all text in it went through json_text() */
    json_decref(body);
    api_reply(r, status, "application/json", text, strlen(text));
    free(text);
}

static void reply_problem(struct api_request *r, int status, json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT);
    g_assert(text);
    json_decref(body);
    api_reply(r, status, PROBLEM_TYPE, text, strlen(text));
    free(text);
}

void api_problem(struct api_request *r, int status, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *detail = g_strdup_vprintf(format, args);
    va_end(args);
    reply_problem(r, status, problem_json(status, code, detail, NULL));
}

void api_problem_faults(struct api_request *r, int status, const char *code, const char *detail,
                        const struct faults *f)
{
    reply_problem(r, status, problem_json(status, code, detail, f));
}

void api_problem_store(struct api_request *r, const char *reason)
{
    api_header_set(r, "Retry-After", "5");
    api_problem(r, 503, "unavailable", "%s", reason);
}

void api_too_many(struct api_request *r, int64_t wait_ms, const char *what)
{
    g_autofree char *wait_s = g_strdup_printf("%" G_GINT64_FORMAT, (wait_ms + 999) / 1000);
    api_header_set(r, "Retry-After", wait_s);
    api_problem(r, 429, "too-many", "%s: again in %s s", what, wait_s);
}

void api_request_free(struct api_request *r)
{
    api_server_forget(r);
    route_match_clear(&r->match);
    g_free(r->principal);
    g_free(r->mission);
    g_free(r->from);
    g_free(r->network);
    g_free(r);
}

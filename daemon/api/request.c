#include "api/request.h"

#include "api/http_conn.h"
#include "api/problem.h"
#include "api/scribe.h"
#include "api/server_state.h"
#include "wire/page.h"
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <string.h>
#include <unistd.h>

/* --- life --- */

/* evhttp has let go of a request that awaits its answer: then it is ours to free. */
static void caller_left(struct evhttp_connection *evcon, void *ctx)
{
    struct api_request *r = ctx;
    (void)evcon;
    if (evhttp_request_get_connection(r->http) == NULL)
        evhttp_request_free(r->http);
    r->http = NULL;
    r->conn = NULL;
    if (r->on_gone)
        r->on_gone(r);
}

struct api_request *api_request_new(struct api_server *a, struct evhttp_request *http,
                                    struct http_conn *conn, bool page)
{
    struct api_request *r = g_new0(struct api_request, 1);
    r->server = a;
    r->service = a->service;
    r->http = http;
    r->conn = conn;
    r->page = page;
    r->principal = g_strdup("");
    g_hash_table_add(a->waiting, r);
    evhttp_connection_set_closecb(evhttp_request_get_connection(http), caller_left, r);
    return r;
}

void api_request_free(struct api_request *r)
{
    if (r->server)
        g_hash_table_remove(r->server->waiting, r);
    route_match_clear(&r->match);
    g_free(r->principal);
    g_free(r->mission);
    g_free(r->from);
    g_free(r->network);
    g_free(r);
}

/* --- what it brought --- */

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

/* --- its answer --- */

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

/* Nobody needs what it brought any more. */
static void drop_body(struct api_request *r)
{
    evbuffer_drain(evhttp_request_get_input_buffer(r->http), SIZE_MAX);
}

static void answer_sent(struct evhttp_request *q, void *conn)
{
    (void)q;
    http_conn_answered(conn);
}

static void send_now(struct api_request *r)
{
    if (r->http) {
        struct evbuffer *out = evhttp_request_get_output_buffer(r->http);
        evhttp_connection_set_closecb(evhttp_request_get_connection(r->http), NULL, NULL);
        evhttp_request_set_on_complete_cb(r->http, answer_sent, r->conn);
        drop_body(r);
        http_conn_answering(r->conn, evbuffer_get_length(out));
        evhttp_send_reply(r->http, r->status, problem_status_text(r->status), NULL);
    }
    api_request_free(r);
}

static void describe(struct api_request *r, const char *type)
{
    if (*type)
        api_header_set(r, "Content-Type", type);
    api_header_set(r, "Cache-Control", "no-store");
    api_header_set(r, "X-Content-Type-Options", "nosniff");
}

/* The body, if any, is in its buffer. */
static void send_off(struct api_request *r, int status, const char *type)
{
    api_server_note_reply(r->server, r, status);
    r->status = status;
    r->on_gone = NULL; /* there is nothing left to give up */
    if (r->http) {
        describe(r, type);
        if (r->page)
            guard_page(r);
        if (r->close)
            api_header_set(r, "Connection", "close");
    }
    if (r->match.route && scribe_wants(r->match.route))
        scribe_write(r->server ? r->server->scribe : NULL, r, status, send_now);
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

static void reply_json_as(struct api_request *r, int status, const char *type, json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT);
    g_assert(text); /* all text in it went through json_text() */
    json_decref(body);
    api_reply(r, status, type, text, strlen(text));
    free(text);
}

void api_reply_json(struct api_request *r, int status, json_t *body)
{
    reply_json_as(r, status, "application/json", body);
}

void api_problem(struct api_request *r, int status, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *detail = g_strdup_vprintf(format, args);
    va_end(args);
    reply_json_as(r, status, PROBLEM_TYPE, problem_json(status, code, detail, NULL));
}

void api_problem_faults(struct api_request *r, int status, const char *code, const char *detail,
                        const struct faults *f)
{
    reply_json_as(r, status, PROBLEM_TYPE, problem_json(status, code, detail, f));
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

/* --- an answer without end --- */

bool api_stream(struct api_request *r, const char *type)
{
    if (!r->http)
        return false;
    api_server_note_reply(r->server, r, 200);
    r->streams = true;
    describe(r, type);
    drop_body(r);
    http_conn_answering(r->conn, HTTP_CONN_ENDLESS);
    evhttp_send_reply_start(r->http, 200, "OK");
    return true;
}

void api_stream_add(struct api_request *r, const char *text, size_t len)
{
    struct evbuffer *b = evbuffer_new();
    evbuffer_add(b, text, len);
    evhttp_send_reply_chunk(r->http, b);
    evbuffer_free(b);
}

void api_stream_drop(struct api_request *r)
{
    evhttp_connection_free(evhttp_request_get_connection(r->http));
}

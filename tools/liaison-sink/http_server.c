#include "http_server.h"

#include <string.h>

#include "fault.h"
#include "http_request.h"
#include "record.h"
#include "script.h"
#include "tally.h"

static const struct fault_material endless_answer = {
    .headers_begin = "HTTP/1.1 200 OK\r\n",
    .headers_again = "X-Endless: and so it goes on\r\n",
    .body_begin = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n",
    .body_again = "and so it goes on\n",
};

struct http {
    struct conn *conn; /* borrowed, owns us */
    struct sink *sink; /* borrowed */
    struct http_request request;
    struct rule *rule; /* reference held from the header to the answer; NULL: none strikes */
};

static const char *reason(unsigned status)
{
    static const struct {
        unsigned status;
        const char *reason;
    } rows[] = {
        { 200, "OK" },
        { 202, "Accepted" },
        { 204, "No Content" },
        { 301, "Moved Permanently" },
        { 302, "Found" },
        { 307, "Temporary Redirect" },
        { 308, "Permanent Redirect" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 410, "Gone" },
        { 413, "Content Too Large" },
        { 429, "Too Many Requests" },
        { 431, "Request Header Fields Too Large" },
        { 500, "Internal Server Error" },
        { 501, "Not Implemented" },
        { 502, "Bad Gateway" },
        { 503, "Service Unavailable" },
        { 504, "Gateway Timeout" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].status == status)
            return rows[i].reason;
    return "Scripted";
}

static void write_record(struct http *h, unsigned status, bool accepted)
{
    const struct http_request *q = &h->request;
    const struct record_webhook w = {
        .method = q->method,
        .path = q->path,
        .head = q->head,
        .body = q->body,
        .rule = h->rule ? h->rule->name : NULL,
        .connection = conn_number(h->conn),
        .status = status,
        .accepted = accepted,
        .tls = conn_is_tls(h->conn),
    };

    record_webhook(h->sink->record, &w);
    if (accepted)
        tally_webhook(h->sink->tally, q->webhook_id);
    else
        tally_refusal(h->sink->tally, true);
}

static void send_answer(struct http *h, unsigned status, const struct action *a)
{
    g_autoptr(GString) out = g_string_sized_new(256);
    const char *body = a && a->body ? a->body : "";
    const bool bodyless = status == 204 || status == 304;

    g_string_append_printf(out, "HTTP/1.1 %u %s\r\n", status, reason(status));
    if (!bodyless)
        g_string_append_printf(out, "Content-Length: %zu\r\n", strlen(body));
    if (a && a->headers)
        g_string_append(out, a->headers);
    if (a && a->redirect)
        g_string_append_printf(out, "Location: %s\r\n", a->redirect);
    if (status == 405)
        g_string_append(out, "Allow: POST\r\n");
    if (!h->request.keep_alive)
        g_string_append(out, "Connection: close\r\n");
    g_string_append(out, "\r\n");
    if (!bodyless && g_strcmp0(h->request.method, "HEAD") != 0)
        g_string_append(out, body);
    conn_send(h->conn, out->str, out->len);
    if (!h->request.keep_alive)
        conn_finish(h->conn);
}

static unsigned status_for(const struct http *h, const struct action *a)
{
    if (a && a->http)
        return a->http;
    if (a && a->redirect)
        return 302;
    return g_str_equal(h->request.method, "POST") ? 204 : 405;
}

static void answer(struct http *h)
{
    const struct action *a = h->rule ? &h->rule->action : NULL;
    const unsigned status = status_for(h, a);

    if (a && fault_take(h->conn, a, &endless_answer)) {
        write_record(h, 0, a->keep);
    } else {
        write_record(h, status, status / 100 == 2);
        send_answer(h, status, a);
    }
    g_clear_pointer(&h->rule, rule_unref);
    http_request_go_on(&h->request);
}

static void resume(void *session)
{
    answer(session);
}

static void answer_in_time(struct http *h)
{
    if (h->rule && h->rule->action.delay_ms)
        conn_pause(h->conn, h->rule->action.delay_ms, resume);
    else
        answer(h);
}

static void on_head(struct http *h)
{
    struct http_request *q = &h->request;
    const struct moment m = { .path = q->path };
    struct rule *rule = script_decide(h->sink->script, STAGE_HTTP, &m);

    h->rule = rule ? rule_ref(rule) : NULL;
    http_request_go_on(q);
    if (rule && (rule->action.drop == DROP_NOW || rule->action.drop == DROP_BEFORE_BODY))
        answer_in_time(h);
    else if (q->expects_continue && q->state != REQUEST_DONE)
        conn_say(h->conn, "HTTP/1.1 100 Continue\r\n\r\n");
}

static size_t input(void *session, const char *data, size_t len)
{
    struct http *h = session;
    struct http_request *q = &h->request;
    const size_t used = http_request_take(q, data, len);

    if (q->state == REQUEST_HEAD_DONE)
        on_head(h);
    if (q->state == REQUEST_DONE) {
        answer_in_time(h);
    } else if (q->state == REQUEST_BAD) {
        q->keep_alive = false;
        send_answer(h, q->fault, NULL);
    }
    return used;
}

static void *opened(struct conn *c, struct sink *sink)
{
    struct http *h = g_new0(struct http, 1);

    h->conn = c;
    h->sink = sink;
    http_request_init(&h->request);
    return h;
}

static void closed(void *session)
{
    struct http *h = session;

    rule_unref(h->rule);
    http_request_clear(&h->request);
    g_free(h);
}

const struct conn_protocol http_server = {
    .name = "HTTP", .opened = opened, .input = input, .closed = closed
};
const struct conn_protocol https_server = {
    .name = "HTTPS", .opened = opened, .input = input, .closed = closed
};

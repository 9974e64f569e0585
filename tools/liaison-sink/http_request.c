#include "http_request.h"

#include <string.h>

#include "mail_text.h"
#include "sink.h"

enum { MAX_HEAD = 64 * 1024, MAX_CHUNK_LINE = 1024 };

static size_t bad(struct http_request *q, unsigned status, size_t used)
{
    q->state = REQUEST_BAD;
    q->fault = status;
    return used;
}

/* Digits only: signs, blanks and lists of lengths are how requests get smuggled. */
static bool read_length(const char *text, size_t *length)
{
    guint64 value;

    return g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, &value, NULL) &&
           ((*length = value), true);
}

static bool read_request_line(struct http_request *q, const char *line, size_t len)
{
    g_autofree char *copy = g_strndup(line, len);
    g_auto(GStrv) words = g_strsplit(copy, " ", -1);
    const bool three = g_strv_length(words) == 3;

    q->method = g_strdup(three ? words[0] : "");
    q->path = g_strdup(three ? words[1] : "");
    q->keep_alive = three && g_str_equal(words[2], "HTTP/1.1");
    return strlen(copy) == len && three && *q->method && *q->path &&
           (q->keep_alive || g_str_equal(words[2], "HTTP/1.0"));
}

/* Answers a status for what is wrong with the header, or 0. */
static unsigned read_headers(struct http_request *q)
{
    struct mail_header h = { .value = q->value };
    const char *at = q->head->str, *end = at + q->head->len;
    unsigned lengths = 0, hosts = 0;

    while (mail_header_next(&at, end, &h)) {
        if (!h.name_len || memchr(h.name, ' ', h.name_len) || strlen(h.value->str) != h.value->len)
            return 400;
        if (mail_header_is(&h, "Content-Length")) {
            if (lengths++ || !read_length(h.value->str, &q->left))
                return 400;
        } else if (mail_header_is(&h, "Transfer-Encoding")) {
            if (q->chunked || g_ascii_strcasecmp(h.value->str, "chunked") != 0)
                return 501;
            q->chunked = true;
        } else if (mail_header_is(&h, "Host")) {
            hosts++;
        } else if (mail_header_is(&h, "Connection")) {
            if (g_ascii_strcasecmp(h.value->str, "close") == 0)
                q->keep_alive = false;
        } else if (mail_header_is(&h, "Expect")) {
            q->expects_continue = g_ascii_strcasecmp(h.value->str, "100-continue") == 0;
        } else if (mail_header_is(&h, "webhook-id")) {
            g_free(q->webhook_id);
            q->webhook_id = g_strdup(h.value->str);
        }
    }
    if (hosts != 1 || (q->chunked && lengths))
        return 400;
    return q->left > SINK_MAX_BYTES ? 413 : 0;
}

static size_t take_head(struct http_request *q, const char *data, size_t len)
{
    const char *end, *eol;
    unsigned fault;

    if (len >= 2 && data[0] == '\r' && data[1] == '\n')
        return 2; /* a stray line end between requests */
    end = memmem(data, len, "\r\n\r\n", 4);
    if (!end)
        return len > MAX_HEAD ? bad(q, 431, len) : 0;
    eol = memmem(data, len, "\r\n", 2);
    if (!read_request_line(q, data, (size_t)(eol - data)))
        return bad(q, 400, len);
    if (end > eol)
        g_string_append_len(q->head, eol + 2, end - eol);
    fault = end - data > MAX_HEAD ? 431 : read_headers(q);
    if (fault)
        return bad(q, fault, len);
    q->state = REQUEST_HEAD_DONE;
    return (size_t)(end - data) + 4;
}

static size_t take_bytes(struct http_request *q, const char *data, size_t len)
{
    const size_t n = MIN(len, q->left);

    g_string_append_len(q->body, data, (gssize)n);
    q->left -= n;
    if (!q->left)
        q->state = q->chunked ? REQUEST_CHUNK_END : REQUEST_DONE;
    return n;
}

/* One line of the chunked framing: a size, the end of a chunk, or a trailer. */
static size_t take_line(struct http_request *q, const char *data, size_t len)
{
    const char *eol = memmem(data, len, "\r\n", 2);
    const size_t n = eol ? (size_t)(eol - data) : 0;
    char *after;
    guint64 size;

    if (!eol)
        return len > MAX_CHUNK_LINE ? bad(q, 400, len) : 0;
    if (q->state == REQUEST_CHUNK_SIZE) {
        size = g_ascii_strtoull(data, &after, 16);
        if (!g_ascii_isxdigit(data[0]) || (after != eol && *after != ';'))
            return bad(q, 400, len);
        if (size > SINK_MAX_BYTES || q->body->len + size > SINK_MAX_BYTES)
            return bad(q, 413, len);
        q->left = size;
        q->state = size ? REQUEST_CHUNK : REQUEST_TRAILER;
    } else if (q->state == REQUEST_CHUNK_END) {
        if (n)
            return bad(q, 400, len);
        q->state = REQUEST_CHUNK_SIZE;
    } else if (!n) {
        q->state = REQUEST_DONE;
    }
    return n + 2;
}

size_t http_request_take(struct http_request *q, const char *data, size_t len)
{
    switch (q->state) {
    case REQUEST_HEAD:
        return take_head(q, data, len);
    case REQUEST_BODY:
    case REQUEST_CHUNK:
        return take_bytes(q, data, len);
    case REQUEST_CHUNK_SIZE:
    case REQUEST_CHUNK_END:
    case REQUEST_TRAILER:
        return take_line(q, data, len);
    default:
        return 0;
    }
}

static void begin(struct http_request *q)
{
    g_clear_pointer(&q->method, g_free);
    g_clear_pointer(&q->path, g_free);
    g_clear_pointer(&q->webhook_id, g_free);
    g_string_truncate(q->head, 0);
    g_string_truncate(q->body, 0);
    q->left = 0;
    q->chunked = q->expects_continue = false;
    q->keep_alive = true;
    q->state = REQUEST_HEAD;
}

void http_request_go_on(struct http_request *q)
{
    if (q->state != REQUEST_HEAD_DONE)
        begin(q);
    else if (q->chunked)
        q->state = REQUEST_CHUNK_SIZE;
    else
        q->state = q->left ? REQUEST_BODY : REQUEST_DONE;
}

void http_request_init(struct http_request *q)
{
    *q = (struct http_request){ .keep_alive = true };
    q->head = g_string_sized_new(1024);
    q->body = g_string_sized_new(4096);
    q->value = g_string_sized_new(256);
}

void http_request_clear(struct http_request *q)
{
    begin(q);
    g_string_free(q->head, TRUE);
    g_string_free(q->body, TRUE);
    g_string_free(q->value, TRUE);
}

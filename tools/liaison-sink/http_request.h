/*
 * http_request - reads one HTTP/1.1 request after the other from a stream of bytes.
 *
 * contract: http_request_take() answers the bytes it took, 0 when it needs more.  After each call
 * look at `state`: REQUEST_HEAD_DONE and REQUEST_DONE are reported once each (call
 * http_request_go_on() to continue), REQUEST_BAD is final and `fault` is the status to answer.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

enum request_state {
    REQUEST_HEAD,
    REQUEST_HEAD_DONE,
    REQUEST_BODY,
    REQUEST_CHUNK_SIZE,
    REQUEST_CHUNK,
    REQUEST_CHUNK_END,
    REQUEST_TRAILER,
    REQUEST_DONE,
    REQUEST_BAD
};

struct http_request {
    enum request_state state;
    unsigned fault; /* status, when REQUEST_BAD */
    char *method, *path;
    GString *head;  /* header lines, without the request line */
    GString *body;  /* decoded */
    GString *value; /* scratch */
    char *webhook_id;
    size_t left; /* of the body or the chunk */
    bool keep_alive, chunked, expects_continue;
};

void http_request_init(struct http_request *q);
void http_request_clear(struct http_request *q);
size_t http_request_take(struct http_request *q, const char *data, size_t len);
/* From REQUEST_HEAD_DONE to the body, or from REQUEST_DONE to the next request. */
void http_request_go_on(struct http_request *q);

/*
 * http_call - one POST: its libcurl easy handle, what came back, and what that means.
 *
 * http_client drives it: http_call_fault(), prepare with a handle that is as new, hand that to the
 * multi handle, then http_call_outcome().
 */
#pragma once
#include "io/http_client.h"

struct egress;
struct http_sockets;

struct http_policy { /* settings, immutable, shared by reference */
    gint refs;
    bool allow_http;
    struct egress *egress;
    char *ca_file;
    long connect_timeout_ms, timeout_ms;
    size_t max_reply_bytes;
    int max_connections;
};

struct http_policy *http_policy_new(const struct http_settings *s, GError **error);
void http_policy_unref(struct http_policy *p);

struct http_call {
    void *easy;                   /* CURL *, borrowed; NULL before http_call_prepare() */
    struct http_sockets *sockets; /* borrowed */
    struct http_policy *policy;
    char *url, *body;
    size_t body_len;
    GPtrArray *header_lines; /* of char * */
    http_done_fn done;
    void *ctx;
    int64_t start_ms; /* monotonic */
    struct curl_slist *headers;
    char *error;     /* CURL_ERROR_SIZE */
    char *denied;    /* the inside address that was not allowed */
    bool opened;     /* an allowed address was tried */
    GString *status; /* "429 Too Many Requests" */
    GString *reply;  /* the body's beginning */
    size_t header_bytes, reply_bytes;
    bool head_done;       /* of a final status */
    const char *too_much; /* which limit was broken */
};

struct http_call *http_call_new(struct http_policy *p, const char *url, const char *body,
                                size_t len, const GPtrArray *headers);
void http_call_free(struct http_call *call);
/* NULL, or why this call can never be made. */
char *http_call_fault(const struct http_call *call);
void http_call_prepare(struct http_call *call, void *easy, struct http_sockets *sockets);
/* rc: CURLcode of the transfer; aborted: it did not end by itself. */
struct outcome *http_call_outcome(struct http_call *call, int rc, bool aborted);

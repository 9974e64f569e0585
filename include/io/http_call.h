/*
 * http_call - a libcurl easy handle for one POST after the other, what came back to it, and what
 * that means.
 *
 * What is the same for all requests of a policy is set once.  http_client drives it:
 * http_call_begin(), the handle to the multi handle and back, http_call_outcome(),
 * http_call_end(), after which nothing of the request is left in it.
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
    void *easy; /* CURL * */
    struct http_policy *policy;
    struct http_sockets *sockets; /* borrowed */
    struct http_request *request; /* owned; NULL: it is spare */
    GList link;                   /* among those that run */
    char *error;                  /* CURL_ERROR_SIZE */
    GString *status;              /* "429 Too Many Requests" */
    GString *reply;               /* the body's beginning */
    int64_t start_ms;             /* monotonic */
    char *denied;                 /* the inside address that was not allowed */
    bool opened;                  /* an allowed address was tried */
    bool asked;                   /* the request was begun on a connection */
    size_t header_bytes, reply_bytes;
    bool head_done;       /* of a final status */
    const char *too_much; /* which limit was broken */
};

struct http_call *http_call_new(struct http_policy *p /* referenced */, struct http_sockets *s);
void http_call_free(struct http_call *call);
void http_call_begin(struct http_call *call, struct http_request *r /* taken */);
void http_call_end(struct http_call *call);
/* rc: CURLcode of the transfer; aborted: it did not end by itself. */
struct outcome *http_call_outcome(struct http_call *call, int rc, bool aborted);

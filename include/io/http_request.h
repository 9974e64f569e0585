/*
 * http_request - one POST as it is going to be made, ready for libcurl.
 *
 * Made on any thread, so that the loop need not; whoever has it owns it.
 */
#pragma once
#include "model/outcome.h"
#include <glib.h>
#include <stdbool.h>

typedef void (*http_done_fn)(struct outcome *o /* owned by the callee */, void *ctx);

struct http_request {
    char *url;
    void *parsed; /* CURLU *; NULL: libcurl will say what is wrong with it */
    char *body;
    size_t body_len;
    GPtrArray *headers; /* char * "Name: value" */
    void *lines;        /* struct curl_slist *: those, and ours; one block */
    bool hostile;       /* a header holds a control character */
    /* The client's. */
    GList link; /* among those that wait */
    http_done_fn done;
    void *ctx;
};

/* body and headers are taken; NULL: there are none. */
struct http_request *http_request_new(const char *url, char *body, size_t len, GPtrArray *headers);
void http_request_free(struct http_request *r); /* may be NULL */
/* NULL, or why it can never be made (static). */
const char *http_request_fault(const struct http_request *r, bool allow_http);

/*
 * request - one request from its arrival to its one answer, whether or not the caller waits for it.
 *
 * A handler answers exactly once, at once or later from the loop, with one of the api_reply or
 * api_problem functions; r is gone after that.  Where the caller has left, r->http is NULL and the
 * answer goes nowhere; everything else in r stays good, but for the server (freed while the handler
 * waited: NULL).
 */
#pragma once
#include "api/router.h"
#include "flow/service.h"
#include "model/faults.h"
#include <jansson.h>

struct api_server;
struct evhttp_request;
struct http_conn;

struct api_request {
    struct api_server *server;
    struct service *service;
    struct evhttp_request *http; /* NULL: the caller has left */
    struct http_conn *conn;      /* NULL likewise */
    struct route_match match;
    char *principal; /* "unix:root", "token:…", "" where nobody was asked; owned */
    unsigned roles;
    char *mission;        /* that a mission's token is for, NULL: any; owned */
    bool page;            /* it came in where the public pages are: a stranger's */
    char *from, *network; /* address, or "uid 0, pid 4711"; and what is limited as one; owned */
    void (*on_gone)(
        struct api_request *r); /* the caller has left, or the server ends; NULL: don't care */
    void *state;                /* the handler's, beside on_gone */
    int status;                 /* of the answer; 0: there is none yet */
    bool close;                 /* end the connection with the answer */
    bool streams;               /* its answer has no end */
    bool revoked;               /* what it was let in with was revoked since */
};

/* On an open connection; it waits at a for its answer from now on. */
struct api_request *api_request_new(struct api_server *a, struct evhttp_request *http,
                                    struct http_conn *conn, bool page);
void api_request_free(struct api_request *r); /* without an answer */

const char *api_header(const struct api_request *r, const char *name);      /* NULL: not given */
const char *api_header_last(const struct api_request *r, const char *name); /* of several */
/* The body, valid until the loop goes round; "" without.  NULL: there is no memory for it, which no
 * route sees: it was answered with 503 before. */
const char *api_body(struct api_request *r, size_t *len);

void api_header_set(struct api_request *r, const char *name, const char *value);
void api_reply(struct api_request *r, int status, const char *type, const char *body, size_t len);
void api_reply_text(struct api_request *r, int status, const char *type, char *text /* taken */);
void api_reply_json(struct api_request *r, int status, json_t *body /* taken */);

/* The whole of a file, whose descriptor is taken, as it is when it has been sent. */
void api_reply_file(struct api_request *r, int status, const char *type, int fd, int64_t bytes);

/* 429 with Retry-After.  what: "too many tries". */
void api_too_many(struct api_request *r, int64_t wait_ms, const char *what);

/* RFC 9457.  code "": about:blank. */
void api_problem(struct api_request *r, int status, const char *code, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
void api_problem_faults(struct api_request *r, int status, const char *code, const char *detail,
                        const struct faults *f);
void api_problem_store(struct api_request *r, const char *reason); /* 503 with Retry-After */

/* An answer without end: headers go out now, r stays until its on_gone.  False: the caller has
 * left. */
bool api_stream(struct api_request *r, const char *type);
void api_stream_add(struct api_request *r, const char *text, size_t len);
void api_stream_drop(struct api_request *r); /* ends the connection; on_gone comes from inside */

/*
 * api_client - one request to the daemon's API, over its UNIX socket or TCP.
 *
 * A GError means that no answer came, and says what an operator can do about it; whatever the
 * server answered, problems too, is a struct api_answer.  Answers have a ceiling of
 * API_ANSWER_MAX bytes.  No proxy, no redirect, HTTP and HTTPS only; HTTPS is TLS 1.2 at least, and
 * the server's certificate and name are checked always.
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#define API_DEFAULT_SERVER "unix:/run/liaisond/liaisond.sock"
#define API_ANSWER_MAX (256u * 1024 * 1024)

enum api_error { API_ERROR_USAGE, API_ERROR_UNREACHABLE, API_ERROR_INTERRUPTED };
GQuark api_error_quark(void);

struct api;

struct api_request {
    const char *method, *path; /* path with its query, escaped */
    const char *body;          /* NULL: none */
    gsize body_len;
    const char *content_type;    /* of the body; NULL: application/json */
    const char *accept;          /* NULL: whatever the server prefers */
    const char *idempotency_key; /* NULL: none */
};

struct api_answer {
    long status;
    GString *body;
    json_t *json; /* NULL where the body is not JSON */
};

struct api_access { /* all may be NULL: the environment, then the default */
    char *server, *token_file;
    char *ca_file;           /* who vouches for the server; default: the system's */
    char *certificate, *key; /* our own, PEM; default: none */
};

/* USAGE errors only. */
struct api *api_new(const struct api_access *access, GError **error);
void api_free(struct api *a);
const char *api_server(const struct api *a);

struct api_answer *api_call(struct api *a, const struct api_request *r, GError **error);
void api_answer_free(struct api_answer *answer);

/* A stream of bytes as they come (text/event-stream).  take returns false to end it, which is no
 * error.  last_event_id NULL: none.  An answer other than 200 is put into *problem (and is no error
 * either); true means that the server began to stream. */
typedef bool api_take_fn(const char *bytes, gsize len, void *ctx);
bool api_stream(struct api *a, const char *path, const char *last_event_id, api_take_fn *take,
                void *ctx, struct api_answer **problem, GError **error);

/* A POST that is answered with a file: its bytes go to take as they come, tick (NULL: none) is
 * called about once a second.  false: as api_stream; true: the daemon has sent all of it, or take
 * has ended it. */
struct api_download {
    const char *path;
    api_take_fn *take;
    void (*tick)(void *ctx);
    void *ctx;
    char *digest; /* out: the header Repr-Digest; NULL: none; the caller frees it */
};
bool api_download(struct api *a, struct api_download *d, struct api_answer **problem,
                  GError **error);

/* "/v1/x" + "?name=value" pairs, escaped; value NULL or "" is left out. */
void api_query(GString *path, const char *name, const char *value);
/* "/v1/broadcasts/" + escaped segment + tail. */
char *api_path(const char *before, const char *segment, const char *after);

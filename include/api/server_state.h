/*
 * server_state - what the server knows while it answers: its ways in, whom it keeps out, who waits
 * for an answer, and the counts that metrics tell.
 *
 * Loop thread only.  Of this floor alone: outside it the server is server.h.
 */
#pragma once
#include "api/request.h"
#include "flow/intake.h"

/* What metrics tell.  Counters only grow. */
struct api_counts {
    GHashTable *requests; /* "operation code" -> guint64 *; owned */
    /* by status, the last for what could not be read, and enum intake_kind */
    uint64_t intake[STATUS_DRAFT + 2][INTAKE_UNAVAILABLE + 1];
};

struct api_server {
    struct service *service;
    const struct webhook_keys *const *keys; /* borrowed; *keys NULL: none */
    struct door *operators, *pages;         /* owned; pages NULL: none are served */
    struct gate *gate;                      /* owned */
    struct scribe *scribe;                  /* owned */
    GHashTable *waiting; /* struct api_request *, borrowed: not answered, or streams; owned */
    struct api_counts counts;
};

unsigned api_server_connections(const struct api_server *a);
uint64_t api_server_refused(const struct api_server *a); /* TLS handshakes that failed */

/* Streams of that principal end here and now; a request of his that is on its way is answered, but
 * begins none. */
void api_server_revoke(struct api_server *a, const char *principal);

/* Counted; a may be NULL, for a server that is gone. */
void api_server_note_intake(struct api_server *a, const struct intake_result *i);
void api_server_note_reply(struct api_server *a, const struct api_request *r, int status);

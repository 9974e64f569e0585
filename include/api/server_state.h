/*
 * server_state - the server as its own floor sees it: what routes may ask of it.
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

const struct api_counts *api_server_counts(const struct api_server *a);
void api_server_note_intake(struct api_server *a,
                            const struct intake_result *i); /* a may be NULL */
unsigned api_server_connections(const struct api_server *a);
uint64_t api_server_refused(const struct api_server *a); /* TLS handshakes that failed */
struct gate *api_server_gate(const struct api_server *a);
struct scribe *api_server_scribe(const struct api_server *a);
const struct webhook_keys *api_server_keys(const struct api_server *a); /* NULL: none */

/* For request.c: r's answer counted, handed to evhttp, and r taken off the server's books. */
void api_server_note_reply(struct api_request *r, int status);
void api_server_send(struct api_request *r, int status, const char *text);
void api_server_forget(struct api_request *r);
/* An answer without end: headers go out now, r stays until its on_gone.  False: the caller has
 * left. */
bool api_server_stream(struct api_request *r, const char *type);
void api_server_stream_add(struct api_request *r, const char *text, size_t len);
void api_server_drop(
    struct api_request *r); /* ends the caller's connection; on_gone comes from inside */

/*
 * sse - Server-Sent Events: bytes in, events out (WHATWG HTML, 9.2.6).
 *
 * An event's data has a ceiling of SSE_DATA_MAX bytes; what is longer ends the stream.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

#define SSE_DATA_MAX (16u * 1024 * 1024)

/* id: the last one the stream named, "" before the first.  False ends the stream. */
typedef bool sse_event_fn(const char *id, const char *event, const char *data, gsize len,
                          void *ctx);

struct sse;

struct sse *sse_new(sse_event_fn *on_event, void *ctx);
void sse_free(struct sse *s);
bool sse_take(struct sse *s, const char *bytes, gsize len); /* false: ended */
const char *sse_last_id(const struct sse *s);
void sse_restart(struct sse *s); /* a new connection: forgets half an event, keeps the id */

/*
 * scribe - writes down what callers of the API did: one record (flow/audit) for every request that
 * changes something or shows a secret, whatever came of it, before it is answered.
 *
 * Of refusals (4xx) those of one caller are written SCRIBE_REFUSED_BURST at once and then one every
 * SCRIBE_REFUSED_EVERY_MS; callers whom nobody knows count as one.  The next record says how many
 * were not written.  Memory is bounded and ends with the process.
 */
#pragma once
#include "api/request.h"

#define SCRIBE_REFUSED_BURST 40
#define SCRIBE_REFUSED_EVERY_MS 30000

struct scribe;

struct scribe *scribe_new(struct service *s);
void scribe_free(struct scribe *w);
bool scribe_wants(const struct route *r);
/* done(r) is called once, now or later.  w NULL: the server is gone, and nothing is counted. */
void scribe_write(struct scribe *w, struct api_request *r, int status,
                  void (*done)(struct api_request *r));

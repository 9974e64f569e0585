/*
 * coverage - how many missions have acknowledged, as the store has it now.
 *
 * Coverage itself is model/quorum.h's.
 */
#pragma once
#include "flow/service.h"
#include "model/quorum.h"

/* Store thread.  *asks false: it asks nobody, and *out is empty. */
bool coverage_read(struct store *s, const struct config *c, const struct broadcast_row *row,
                   bool *asks, struct coverage *out, GError **error);

struct coverage_sum { /* of released broadcasts that ask, by their status */
    unsigned broadcasts;
    struct coverage missions;
};
/* Loop thread.  Of the COVERAGE_SUM_MAX that end first.  error: the store's sentence, NULL on
 * success; sums, one for each status, is valid during the callback. */
#define COVERAGE_SUM_MAX 20
typedef void (*coverage_sums_fn)(const struct coverage_sum *sums, const char *error, void *ctx);
void coverage_sums(struct service *s, coverage_sums_fn fn, void *ctx);

/*
 * review - what has become of a broadcast: its call sheet and its after-action report.
 *
 * Read on the store thread, so that both are complete while every channel is down; answered on the
 * loop.  error is the store's sentence, NULL on success.  Results are valid during the callback.
 */
#pragma once
#include "flow/service.h"
#include "model/after_action.h"
#include "model/call_sheet.h"

struct review {
    const struct broadcast_row *row;   /* NULL: no such broadcast, or of all */
    const struct call_sheet *sheet;    /* review_call_sheet() */
    const struct after_action *report; /* review_after_action(); NULL: it was never released */
};
typedef void (*review_fn)(const struct review *r, const char *error, void *ctx);

/* id NULL: of every released broadcast, as one sheet.  with_taken: also the missions that a named
 * person has taken over. */
void review_call_sheet(struct service *s, const char *id, bool with_taken, review_fn fn, void *ctx);
/* Of a broadcast that is closed, or as things stand now. */
void review_after_action(struct service *s, const char *id, review_fn fn, void *ctx);

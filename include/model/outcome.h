/*
 * outcome - how one attempt ended, in our word and the peer's own.
 *
 * accepted: a 2xx or 250 was read.  deferred: try again.  refused: do not.  unknown: it may have
 * arrived (the connection was lost after the body was sent).  reply is what the other side said,
 * hostile text, at most OUTCOME_REPLY_MAX bytes; or our sentence where nobody answered.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define OUTCOME_REPLY_MAX 512

enum outcome_kind { OUTCOME_ACCEPTED, OUTCOME_DEFERRED, OUTCOME_REFUSED, OUTCOME_UNKNOWN };
extern const char *const outcome_names[]; /* in enum order, NULL-terminated */

struct outcome {
    enum outcome_kind kind;
    int code;               /* SMTP or HTTP status, 0: none */
    char *reply;            /* owned, never NULL */
    int64_t retry_after_ms; /* the peer asks to wait at least so long, 0: no word */
    int64_t duration_ms;
    bool whole_destination; /* it failed as it would have for any recipient: said of a relay that
                               took no session */
    bool endpoint_gone;     /* HTTP 410: never use this endpoint again, raise an alarm */
};

struct outcome *outcome_new(enum outcome_kind kind, int code,
                            const char *reply); /* reply is cut and copied */
void outcome_free(struct outcome *o);

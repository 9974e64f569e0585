/*
 * closing - a broadcast that asks for acknowledgements is over when all that it owes is closed.
 *
 * Looked at on the store thread, inside the transaction that may have closed the last obligation
 * (an answer, a takeover, an outcome), so that it happens once.  The after-action report is mailed
 * to the duty desk in the same transaction.
 */
#pragma once
#include "flow/alarm.h"
#include "flow/service.h"

struct closing {
    const struct config *config; /* borrowed */
    int64_t now_ms;
    /* What closing_look() found: */
    bool closed;
    char *id;             /* of the broadcast that was closed; NULL: none */
    struct alarm *report; /* NULL: none was due, or nobody is configured to hear it */
};

/* Closes the broadcast of that number if it is released, asks, and nothing of it is left. */
bool closing_look(struct store *s, struct closing *c, int64_t no, GError **error);
/* Only the report: for a broadcast that its caller closes.  Nothing for one that never asked. */
bool closing_report(struct store *s, struct closing *c, const struct broadcast_row *row,
                    GError **error);
/* Loop thread, after the commit: logs, wakes what sends the report. */
void closing_done(struct service *s, const struct closing *c);
void closing_clear(struct closing *c);

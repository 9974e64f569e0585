/*
 * closing - a broadcast that asks for acknowledgements is over when all that it owes is closed and
 * nothing of it is on its way any more.
 *
 * Looked at on the store thread, inside the transaction that may have closed the last obligation
 * (an answer, a takeover, an outcome), so that it happens once.  The after-action report is mailed
 * to the duty desk in the same transaction.
 */
#pragma once
#include "flow/alarm.h"
#include "flow/service.h"

struct closing {           /* made and ended on the loop thread, lent to one piece of store work */
    struct config *config; /* one reference each: the store thread must not look at the service */
    struct template_set *templates;
    int64_t now_ms;
    GPtrArray *ids;     /* char *: of the broadcasts that were closed */
    GPtrArray *reports; /* struct alarm * */
};

struct closing *closing_new(struct service *s);
void closing_reset(struct closing *c); /* the work begins again: nothing is closed yet */
/* Closes the broadcast of that number if it is released, asks, and nothing of it is left. */
bool closing_look(struct store *s, struct closing *c, int64_t no, GError **error);
/* Only the report, of a broadcast that its caller has just closed; none of the daemon's own. */
bool closing_report(struct store *s, struct closing *c, int64_t no, GError **error);
/* Stores an alarm (taken; NULL: nobody is configured to hear it) that goes out with the reports. */
bool closing_raise(struct store *s, struct closing *c, struct alarm *a, GError **error);
/* Loop thread, after the commit (or its failure): logs, wakes what sends the reports, frees c. */
void closing_done(struct service *s, struct closing *c, bool committed);

/*
 * correction - the cancel of a broadcast, ready before it is needed.
 *
 * Composed in every language of the broadcast (wire/cancel_text.h), sent at once through the intake
 * like any other, with no second approval, to everyone whom any version may have reached.  Where
 * the clock of another version is ahead, it is sent no earlier than that one: it is a later word
 * than all that is here.  An update that was never sent has none: it would cancel what it corrects.
 */
#pragma once
#include "flow/intake.h"

struct correction_request { /* copied */
    const char *id, *principal;
    const char *reason; /* NULL: none */
    bool false_alarm;
    bool preview; /* compose only */
};

struct correction_result {              /* valid during the callback */
    bool found;                         /* false: no such broadcast */
    const char *json;                   /* the cancel, composed; NULL when it could not be */
    const struct intake_result *intake; /* NULL under preview */
    const char *reason;                 /* a sentence, when neither */
};
typedef void (*correction_done_fn)(const struct correction_result *r, void *ctx);

void correction_submit(struct service *s, const struct correction_request *q,
                       correction_done_fn done, void *ctx);

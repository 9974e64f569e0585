/*
 * notice - everything one message says, before it is text: the input of mail_message and
 * webhook_message.
 *
 * Built at the moment of sending, so that the number to call is that of this moment in the office's
 * zone.  All pointers are borrowed and must outlive the rendering.
 */
#pragma once
#include "model/broadcast.h"
#include "model/directory.h"
#include "model/link.h"
#include "model/notification.h"
#include "model/obligation.h"
#include "model/plan.h"

struct notice {
    const struct broadcast *broadcast; /* with its id */
    const struct notification *notification;
    const GPtrArray *obligations; /* const struct obligation *: those this notification serves */
    const GPtrArray
        *missions; /* const struct affected_mission *: of those obligations, no doubles */
    const struct directory *directory;
    int64_t now_ms;
    const struct link *link; /* the personal link and code; NULL: it carries none */
    const char *base_url; /* of the pages for representatives, no slash at its end; with a link */
};

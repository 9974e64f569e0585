/*
 * cap_broadcast - CAP alerts as broadcasts, and broadcasts as CAP alerts.
 *
 * Targets: polygons and circles of every area, SAME county codes, dss:state and dss:city geocodes are one
 * union; the parameter dss:country narrows it to those sending countries (or is the whole target where no
 * area can be read as a place); under scope Private the addresses (mission ids, country:XX) are the
 * target, alone.  What cannot be understood is never left out in silence and never widened: the broadcast
 * comes back with a reason to hold it for a person.
 */
#pragma once
#include "model/broadcast.h"
#include "wire/cap.h"

struct cap_reading {
    struct broadcast *broadcast; /* audience NULL when held */
    char *hold;                  /* NULL, or a sentence: why a person must give the audience */
};

/* False when f received an error. Every info becomes a message; the first info's urgency, severity,
 * certainty, effective and expires are the broadcast's, but the most urgent and severe of all where they
 * differ (a warning), and the latest expires. */
bool cap_to_broadcast(const struct cap_alert *a, struct cap_reading *out, struct faults *f);
/* A broadcast that came as JSON, as an alert; audience as areas, geocodes, parameters or addresses where CAP
 * can say it. */
struct cap_alert *cap_from_broadcast(const struct broadcast *b);

/*
 * cap_broadcast - CAP alerts as broadcasts, and broadcasts as CAP alerts.
 *
 * Targets: polygons and circles of every area, SAME county codes, dss:state and dss:city geocodes
 * are one union; the parameter dss:country narrows it to those sending countries (or is the whole
 * target where no area so much as tries to name a place); under scope Private the addresses
 * (mission ids, country:XX) are the target, alone.  What cannot be understood is never left out in
 * silence and never widened: the broadcast comes back with a reason to hold it for a person.  A
 * cancel is never held, because it goes to those told before; nor is what goes nowhere (System,
 * Draft, Ack, Error).  Their audience is NULL where it cannot be told, with a warning.
 *
 * Languages are shortened to what tells them apart ("en-US" is "en"; "pt-BR" beside "pt-PT" stay).
 * Infos of one language are joined into one message.  Where the infos of an alert name different
 * places, each place has messages of its own with its own levels and times, and `scopes` says for
 * whom; of an alert whose target cannot be told, and under scope Private, they are joined, their
 * parts headed by the names of their areas.  The parameter dss:handling is "full" or "notice". What
 * has no place in a broadcast (contact, web, resources …) remains in the alert, which the caller
 * keeps.
 */
#pragma once
#include "model/broadcast.h"
#include "wire/cap.h"

struct cap_reading {
    struct broadcast *broadcast; /* audience NULL when held */
    GPtrArray
        *scopes; /* by message: struct audience * (NULL: everybody); NULL: all are for everybody */
    char *hold;  /* NULL, or a sentence: why a person must give the audience */
};

/* False when f received an error, and out is empty.  urgency, severity and certainty are the most
 * urgent, severe and certain of all infos, effective the earliest and expires the latest (a warning
 * where they differ; an info without one begins at once or never ends). */
bool cap_to_broadcast(const struct cap_alert *a, struct cap_reading *out, struct faults *f);
void cap_reading_clear(struct cap_reading *r);
/* Drops the scopes: every message is for everybody, one a language, its parts headed by their
 * places. */
void cap_reading_collapse(struct broadcast *b, GPtrArray **scopes, struct faults *f);

/* A broadcast that came as JSON, as an alert that cap_to_broadcast reads back.  An audience that
 * CAP cannot say whole (everyone, kinds, offices, threat levels, exceptions, holes …) is only
 * described in <areaDesc>, so that a reader holds it rather than taking a part for the whole. */
struct cap_alert *cap_from_broadcast(const struct broadcast *b);

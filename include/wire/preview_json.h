/*
 * preview_json - the answer to a preview, in the design's form (section 5).
 *
 * Of the representatives of a mission those are listed who will be reached; left_out counts the
 * others (who did not opt in to exercises; everybody under status test).  notifications counts what
 * would be sent, so not those to endpoints that are gone, which are named beside the others and
 * among the gaps; languages counts them by the language of their text. Of a correction released
 * names the missions that it lets go, and told counts all that it speaks to. held_until stands
 * there when `effective` lies in the future.  Endpoints are URIs (mailto:, https:).  Warnings are
 * sentences.
 */
#pragma once
#include "model/broadcast.h"
#include "model/faults.h"
#include "model/plan.h"
#include "model/resolution.h"

struct preview_facts { /* all borrowed */
    const struct broadcast *broadcast;
    const struct resolution *resolution;
    const struct plan *plan;
    GHashTable *gone; /* endpoints that are not used, as endpoint.h names them */
    const struct faults *faults;
    const GPtrArray *released; /* char *: of a correction; NULL: it is none */
    unsigned told;
};

char *preview_json_write(const struct preview_facts *v); /* caller frees */

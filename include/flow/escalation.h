/*
 * escalation - what nobody at a mission can be told becomes the duty contact's obligation, at once.
 *
 * Runs on the store thread, inside the transaction that found it out.  All that one batch lost for
 * one broadcast and one duty contact is one obligation; its notice goes out ESCALATION_GATHER_MS
 * later, or with one to that contact that is still waiting.
 */
#pragma once
#include "flow/casefile.h"
#include "model/directory.h"
#include "store/store.h"

#define ESCALATION_GATHER_MS 2000

struct escalation { /* borrowed, for one call */
    const struct directory *directory;
    const struct casefile *casefile;
    const GPtrArray *lost; /* struct obligation *: unreachable now */
    int64_t now_ms;
    const char *node;
    uint32_t priority; /* of the notice */
};

/* Appends the new notifications to *out (struct notification *, owned). */
bool escalation_store(struct store *s, const struct escalation *e, GPtrArray *out, GError **error);

/*
 * roster_edit - a roster with some fields changed: a new snapshot, checked like an import.
 *
 * Pure but for the time zones it looks up.  Places are "/threat_level" and
 * "/representatives/2/email".  Codes: unknown-mission unknown-representative unknown-member
 * duplicate-rank, and those of wire/roster_fields.h.
 */
#pragma once
#include "model/directory.h"
#include "model/faults.h"
#include "model/roster.h"

struct roster_edit { /* borrowed */
    const char *mission;
    unsigned rank; /* 0: a field of the mission, else of that representative */
    bool add;      /* the representative is new; each edit of one says so */
    const char *field, *value;
};

/* NULL when f received an error. */
struct roster *roster_edit_make(const struct roster *before, const struct directory *d,
                                const struct roster_edit *edits, size_t n, struct faults *f);
/* The lowest rank that no representative of the mission has; 0: none is left. */
unsigned roster_edit_free_rank(const struct mission *m);

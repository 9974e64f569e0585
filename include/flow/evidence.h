/*
 * evidence - binds to the journal what a broadcast said and whom it was for, and makes of one
 * broadcast a file that proves itself (wire/evidence).
 */
#pragma once
#include "flow/service.h"
#include "model/plan.h"
#include "model/record.h"

/* The record that is told with a broadcast as it is stored holds the digests of its text, of what
 * came in (NULL: nothing new) and of its plan (NULL: none). */
void evidence_bind(struct record *r, const struct broadcast_row *row, const struct plan *p,
                   GBytes *source);

enum evidence_end {
    EVIDENCE_MADE,
    EVIDENCE_UNKNOWN,  /* no such broadcast */
    EVIDENCE_UNSIGNED, /* there is no key */
    EVIDENCE_UNBOUND,  /* no record binds its text: an alarm, or of an earlier version */
    EVIDENCE_FAILED    /* the store did; why says how */
};
typedef void (*evidence_fn)(enum evidence_end end, const char *text, size_t len, const char *why,
                            void *ctx);
/* fn on the loop; text is borrowed. */
void evidence_make(struct service *s, const char *id, evidence_fn fn, void *ctx);

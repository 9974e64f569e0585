/*
 * matter_notice - who is told what of a matter, stored with what caused it.
 *
 * On the store thread, inside the caller's transaction.  What nobody can be told is put down in the
 * matter's history and said in the log.
 */
#pragma once
#include "flow/alarm.h"
#include "flow/matter.h"
#include "wire/matter_text.h"

/* What the answer to a notice means for its matter. */
#define MATTER_ASKS_PROOF "proof"
#define MATTER_ASKS_PARTNER "partner"

/* Writes history and record: who did what. */
bool matter_note(struct store *s, const struct matter_hand *h, const struct matter *m,
                 const char *who, const char *what, const char *note, GError **error);
int64_t matter_of_record(const struct record *r); /* its number; 0: such a record it is not */

/* Who owns it: "DSS office, Chicago"; caller frees. */
char *matter_owner_name(const struct matter_hand *h, const struct matter *m);
/* Those whom its kind names, at h->now_ms; "desk:command-center" where nobody else can be told. */
char *matter_owner(const struct matter_hand *h, const struct matter *m);
char *matter_duty(const struct matter_hand *h, const struct matter *m); /* on duty for it now */
const struct partner *matter_partner(const struct matter_hand *h, const struct matter *m);

/* An office or desk by its name ("office:chicago"); text NULL: the matter's own. */
bool matter_tell_contact(struct store *s, struct matter_hand *h, const struct matter *m,
                         const char *contact, const char *event, const char *headline,
                         const char *text, GError **error);
/* Every valid representative of the mission, each in his language. */
bool matter_tell_mission(struct store *s, struct matter_hand *h, const struct matter *m,
                         enum matter_saying what, const char *note, GError **error);
/* The partner; one that is asked and has no mail address is the duty desk's to telephone. */
bool matter_tell_partner(struct store *s, struct matter_hand *h, const struct matter *m, bool asks,
                         const char *event, const char *headline, GError **error);
/* The new address of a contact update, which is asked whether it is right. */
bool matter_ask_proof(struct store *s, struct matter_hand *h, const struct matter *m,
                      const struct matter_body *b, GError **error);

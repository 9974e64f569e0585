/*
 * reminder - the message once more, to those who have not acknowledged it.
 *
 * Part of climb: on the store thread, inside its transaction.  A new notification (PURPOSE_REMIND)
 * with a link of its own goes to every endpoint that took the message; not where one is still on
 * its way, was refused, or belongs to a wrong person.  One endpoint gets one reminder, whomever it
 * serves.
 */
#pragma once
#include "flow/casefile.h"
#include "flow/journal.h"

struct reminder;

/* All borrowed until it is freed. */
struct reminder *reminder_new(const struct casefile *c, const GPtrArray *masters,
                              struct journal_hand hand);
void reminder_free(struct reminder *r);
/* Once, however often it is added.  why: for the journal. */
void reminder_add(struct reminder *r, const struct obligation *o, const char *why);
/* o does not wait any more: a reminder to it that is not on its way yet is not sent, unless
 * somebody else whom it serves still waits. */
bool reminder_withdraw(struct store *s, struct journal_hand hand, const struct broadcast_row *of,
                       const struct obligation *o, GError **error);
/* Appends the new notifications to out (owned). */
bool reminder_store(struct store *s, struct reminder *r, GPtrArray *out, GError **error);

/*
 * hindsight - the last word of an event reaches those, too, of whom nobody knew when it went out.
 *
 * A person may let a correction go while what links it to its alert is not here.  When that comes,
 * whatever becomes of it, whoever had the alert is told the correction: it is added to the plan
 * that the correction has, with a record that binds the plan anew (broadcast.extended).  One that
 * was closed because nobody was left to be told is released again; of one that has expired the duty
 * desk is told.
 *
 * Part of succession_join(): on the store thread, inside its transaction.
 */
#pragma once
#include "flow/event.h"
#include "flow/publish.h"

/* The last word that has gone out and still counts of the event that was read for b, where b is the
 * first to link it to others that have gone out; NULL: there is none.  A b that goes out itself
 * (`goes`) speaks for whatever it is after.  Any thread. */
const struct broadcast_row *hindsight_word(const struct event *e, const struct broadcast *b,
                                           bool goes);
/* Adds to p->added, p->records, p->alarms and the times that p asks for. */
bool hindsight_extend(struct store *s, struct publication *p, const struct event *e,
                      const struct broadcast_row *word, GError **error);

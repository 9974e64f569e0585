/*
 * cancel_text - the cancel of a broadcast, composed: ready before the broadcast is released.
 *
 * It says in every language of the original that the original no longer applies, or that it was a
 * false alarm, and quotes the original's headline in that language; where there are no phrases for
 * it the sentences are English, so that each reader has the headline that they know.  It has no
 * audience: it goes to whom the original went.  It never expires by itself.
 */
#pragma once
#include "model/broadcast.h"
#include "wire/template_set.h"

/* A new broadcast of type cancel, without an id.  Status, urgency, severity, certainty, handling
 * and incident are the original's.  reason: the publisher's words, NULL or "" for none; it stands
 * in every language as it is, on one line. */
struct broadcast *cancel_text_compose(const struct broadcast *of, const struct template_set *t,
                                      const char *identifier, const char *sender,
                                      const struct timestamp *sent, bool false_alarm,
                                      const char *reason);

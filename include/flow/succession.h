/*
 * succession - what a publication is to the other versions of its event.
 *
 * Part of publish_store(): on the store thread, inside its transaction.
 */
#pragma once
#include "flow/publish.h"

/* Where a later word has gone out, or only waited for this one, the plan is dropped and the row
 * says so; p->follow_up is the one that waited, and what has gone out reaches whom it did not know
 * of (hindsight.h).  So is one that waited for this one where this one
 * has to wait for a person.  Else the earlier versions make way, and the plan becomes the last word
 * to everyone whom they may have reached.  p->again: versions have come in since p->chain was read,
 * and nothing was done. */
bool succession_join(struct store *s, struct publication *p, GError **error);

/*
 * handover - the missions of a broadcast that nobody has answered for go to whoever is on duty
 * next.
 *
 * A sweep by the store's clock over the custody rows of released broadcasts.  At the instant at
 * which the owner changes, the new one gets one notice with the list of the missions that still
 * wait, and the old one gets one that says to whom they went; no notice when none waits.  Each
 * change is taken once; of several that passed while the daemon was down only the last is told.
 */
#pragma once
#include "flow/service.h"

struct handover;

struct handover *handover_new(struct service *s);
/* At the start, and when the configuration is another: who is on duty, and until when, goes by the
 * hours of now. */
void handover_realign(struct handover *h);
void handover_note(struct handover *h, int64_t due_ms); /* the owner of one more changes then */
void handover_free(struct handover *h);

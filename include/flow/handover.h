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
#include "flow/sweep.h"

/* To be noted to it: when the owner changes. */
struct sweep *handover_new(struct service *s);

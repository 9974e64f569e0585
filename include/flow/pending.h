/*
 * pending - broadcasts that wait for a second person: the approvers are reminded when half of the
 * time has passed, and at its end the broadcast lapses, which the duty desk is told.
 */
#pragma once
#include "flow/sweep.h"

/* To be noted to it: when half of the time has passed. */
struct sweep *pending_new(struct service *s);

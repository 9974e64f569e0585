/*
 * pending - broadcasts that wait for a second person: the approvers are reminded when half of the
 * time has passed, and at its end the broadcast lapses, which the duty desk is told.
 */
#pragma once
#include "flow/service.h"

struct pending;

struct pending *pending_new(struct service *s);
void pending_start(struct pending *p);
void pending_note(struct pending *p, int64_t at_ms); /* there is something to look at then */
void pending_free(struct pending *p);

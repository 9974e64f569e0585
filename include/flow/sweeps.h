/*
 * sweeps - what is done when its time comes: expiry, pending, climb, handover, matters,
 * certificates, checkpoints and retention, as one.
 */
#pragma once
#include "flow/service.h"

void sweeps_new(struct service *s); /* sets the service's members */
void sweeps_start(struct service *s);
void sweeps_reload(struct service *s); /* the configuration is another */
void sweeps_free(struct service *s);   /* clears them; none may be there */

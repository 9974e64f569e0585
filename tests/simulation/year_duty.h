/*
 * year_duty - at every change of duty what still waited was handed over, once, to whom it belonged
 * then: from the journal of one broadcast.
 */
#pragma once
#include "year_case.h"

/* What must not be goes to y->broken; at: room for a replay. */
void year_duty_was_followed(struct year *y, const struct year_case *c, struct replay *at);

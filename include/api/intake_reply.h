/*
 * intake_reply - the answer to a broadcast that was offered, whichever route it came by.
 */
#pragma once
#include "flow/intake.h"

/* An intake_done_fn; ctx is the struct api_request *. */
void intake_reply(const struct intake_result *i, void *ctx);

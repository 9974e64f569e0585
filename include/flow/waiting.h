/*
 * waiting - corrections that came before what they correct, after a restart.
 *
 * One is let go as soon as what it waits for has come; where the daemon stopped in between, this
 * does it at the next start, before anything of what they correct is sent again.
 */
#pragma once
#include "flow/service.h"

/* Once, at the start; fn when they are let go, or the store does not answer. */
void waiting_resume(struct service *s, void (*fn)(void *ctx), void *ctx);

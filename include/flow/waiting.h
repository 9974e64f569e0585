/*
 * waiting - corrections that came before what they correct, after a restart.
 *
 * One is let go as soon as what it waits for has come; where the daemon stopped in between, this
 * does it at the next start.
 */
#pragma once
#include "flow/service.h"

void waiting_resume(struct service *s); /* once, at the start */

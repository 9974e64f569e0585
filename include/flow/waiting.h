/*
 * waiting - corrections that came before what they correct, and were left behind.
 *
 * One is let go as soon as what it waits for has come.  Where the daemon stopped in between, this
 * does it at the next start, before anything of what they correct is sent again; where the store
 * failed, as soon as it answers.
 */
#pragma once
#include "flow/service.h"

/* Once, at the start; fn when they are let go.  Tried until the store answers. */
void waiting_resume(struct service *s, void (*fn)(void *ctx), void *ctx);

#define WAITING_RETRY_MS 1000 /* after the store has failed */
struct waiting *waiting_new(struct service *s);
void waiting_note(struct waiting *w, int64_t at_ms); /* one could not go: look then */
void waiting_free(struct waiting *w);

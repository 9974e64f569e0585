/*
 * certificate_watch - warns before a certificate ends: of the listeners, or of the mails'
 * signature.
 *
 * At 30, 7 and 1 days before, and when it has ended, the duty desk gets an alarm and the log a
 * line; each once for one certificate, over restarts too.  Loop thread only.
 */
#pragma once
#include "flow/service.h"

struct certificate_watch;
struct certificate_watch *certificate_watch_new(struct service *s);
void certificate_watch_look(struct certificate_watch *w); /* now, and then by the clock */
void certificate_watch_free(struct certificate_watch *w);

/* For a person: "ok", or which certificate ends or ended when; NULL: there is none.  Caller frees.
 */
char *certificate_watch_state(const struct service *s);

/* The warning that is due: 30, 7 or 1 days before, 0: it has ended, -1: none. */
int certificate_warning(int64_t expires_ms, int64_t now_ms);

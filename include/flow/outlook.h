/*
 * outlook - the preview of a correction, with everyone that it speaks to, and the preview of what
 * waits in the store.
 *
 * Stores nothing.  The same foresight decides what goes out (flow/foresight.h).
 */
#pragma once
#include "flow/preview.h"

/* During the call: p and f, whose errors say why it would not be accepted; p NULL: there is no such
 * broadcast, or it does not wait.  unavailable: the store's sentence, else NULL. */
typedef void (*outlook_fn)(const struct preview *p, const struct faults *f, const char *unavailable,
                           void *ctx);
/* p and f are taken.  What is no correction is answered from here. */
void outlook_make(struct service *s, struct preview *p, struct faults *f, outlook_fn fn, void *ctx);
/* A broadcast that waits for a person, as it would go out now. */
void outlook_stored(struct service *s, const char *id, outlook_fn fn, void *ctx);

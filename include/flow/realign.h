/*
 * realign - after the ladder has changed: when the next step of everything that still waits is due.
 *
 * Part of climb: one piece of store work a broadcast, so that nothing else waits for it.
 */
#pragma once
#include "io/config.h"
#include "store/store.h"

#define REALIGN_MAX 100000 /* released broadcasts at a time */

/* Numbers of the broadcasts that may have something waiting. */
bool realign_list(struct store *s, GArray *nos /* int64_t */, GError **error);
bool realign_one(struct store *s, const struct config *c, int64_t no, GError **error);

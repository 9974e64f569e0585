/*
 * preview_check - what is wrong with a broadcast beside its target: its times, its words, its
 * sender.
 *
 * A part of preview.  Each check adds to f, or gives p a reason to hold it, or makes it over.
 */
#pragma once
#include "flow/preview.h"
#include "model/life.h"
#include "wire/cap.h"

/* When it comes in: its words, and a `sent` that cannot be meant. */
void preview_check_arrival(struct preview *p, const struct life_policy *life, int64_t at_ms,
                           bool strict, struct faults *f);
/* The same of what CAP says beside the texts of the messages. */
void preview_check_cap(struct preview *p, const struct cap_alert *a, struct faults *f);
/* Whenever it is to go out. */
void preview_check(struct preview *p, const struct config *c, int64_t at_ms, bool strict,
                   struct faults *f);
/* Keeps the first reason. */
void preview_hold(struct preview *p, const char *why);

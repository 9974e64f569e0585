/*
 * cap_target - whom a CAP alert is for, as an audience.
 *
 * A part of cap_broadcast.  Either an audience, or a sentence in *why_not (caller frees) that says
 * what was not understood; *why_not may stay NULL where the alert names no target whatever and
 * lenient is set. Degenerate polygons are errors in f, unless lenient.
 */
#pragma once
#include "model/audience.h"
#include "wire/cap.h"

struct audience *cap_target(const struct cap_alert *a, bool lenient, char **why_not,
                            struct faults *f);

/* The places of an info, equal where they are the same; caller frees. */
char *cap_target_key(const struct cap_info *i);

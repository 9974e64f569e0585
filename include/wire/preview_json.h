/*
 * preview_json - the answer to a preview, in the design's form (section 5).
 *
 * notifications counts what would be queued; languages counts notifications by language of message.
 * Endpoints are URIs (mailto:, https:).  Warnings are sentences.
 */
#pragma once
#include "model/faults.h"
#include "model/plan.h"
#include "model/resolution.h"

char *preview_json_write(const struct resolution *r, const struct plan *p, const struct faults *f);

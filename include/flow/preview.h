/*
 * preview - who would get it and why, without storing anything.
 */
#pragma once
#include "flow/service.h"
#include "model/faults.h"
#include "model/plan.h"
#include "model/resolution.h"

/* A decoded, resolved and planned broadcast: the input of preview and of intake. */
struct preview {
    struct broadcast *broadcast;
    struct resolution *resolution;
    struct plan *plan;
    int64_t expect_missions; /* -1: not asked */
};

/* From the bytes of a JSON broadcast, as of at_ms.  strict: an expired one is an error (send), else a
 * warning (preview).  NULL when f received an error; f holds the warnings either way. */
struct preview *preview_make(struct service *s, const char *body, size_t len, int64_t at_ms, bool strict,
                             struct faults *f);
void preview_free(struct preview *p);
char *preview_json(const struct preview *p, const struct faults *f); /* the design's answer; caller frees */

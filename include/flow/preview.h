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
    struct resolution *resolution; /* NULL when f received an error */
    struct plan *plan;             /* likewise */
    int64_t expect_missions;       /* -1: not asked */
};

/* From the bytes of a JSON broadcast, as of at_ms.  strict: one that has expired is an error
 * (send), else a warning (preview).  NULL when it cannot be decoded; when it can, but names no
 * missions that could be resolved, the preview holds the broadcast alone.  f has what is wrong and
 * the warnings. */
struct preview *preview_make(struct service *s, const char *body, size_t len, int64_t at_ms,
                             bool strict, struct faults *f);
void preview_free(struct preview *p);
char *preview_json(const struct preview *p,
                   const struct faults *f); /* the design's answer; caller frees */

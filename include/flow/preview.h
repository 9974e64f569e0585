/*
 * preview - who would get it and why, without storing anything.
 */
#pragma once
#include "flow/service.h"
#include "model/faults.h"
#include "model/plan.h"
#include "model/resolution.h"

#define PREVIEW_JSON "application/json"
#define PREVIEW_CAP "application/cap+xml"
#define PREVIEW_OWN "own" /* JSON as we write it: its texts may be for some missions only */

/* A decoded, resolved and planned broadcast: the input of preview and of intake. */
struct preview {
    struct broadcast *broadcast;
    struct resolution *resolution; /* NULL when f received an error, or the target is not known */
    struct plan *plan;             /* likewise */
    char *hold;                    /* NULL, or why a person must give the audience */
    GPtrArray *scopes;       /* of the messages, as cap_broadcast has them; NULL: not (any more) */
    bool is_cap, over;       /* over: it has expired, and is recorded only */
    GHashTable *gone;        /* dispatch's, borrowed: endpoints that are not used */
    int64_t expect_missions; /* -1: not asked */
    int64_t at_ms;           /* as of when */
    GPtrArray
        *released; /* char * ids; outlook.h: missions that a correction lets go; NULL: not known */
    unsigned told; /* with it: missions that are spoken to */
};

/* From the bytes of a broadcast of that media type, as of at_ms.  strict: one that has expired is
 * an error in JSON and over in CAP (send), else a warning (preview).  NULL when it cannot be
 * decoded; when it can, but its missions cannot be told, the preview holds the broadcast alone.  f
 * has what is wrong and the warnings.  A cancel, which goes to whom its alert went, has an empty
 * plan. */
struct preview *preview_make(struct service *s, const char *type, const char *body, size_t len,
                             int64_t at_ms, bool strict, struct faults *f);
/* The same for a broadcast that is decoded already (one reference is taken). */
struct preview *preview_of(struct service *s, struct broadcast *b, int64_t at_ms, bool strict,
                           struct faults *f);
void preview_free(struct preview *p);
char *preview_json(const struct preview *p,
                   const struct faults *f); /* the design's answer; caller frees */

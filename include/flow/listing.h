/*
 * listing - rows of one kind as the store has them, for people.
 *
 * Each is read on the store thread and answered on the loop; error is the store's sentence, NULL on
 * success.  Rows are valid during the callback; filters are copied.
 */
#pragma once
#include "flow/service.h"
#include "model/record.h"

typedef void (*listing_fn)(const GPtrArray *rows, const char *error, void *ctx);

/* broadcast_row, the newest first; identifier: only those of it, NULL: all. */
void listing_broadcasts(struct service *s, const char *identifier, int64_t before_no,
                        unsigned limit, listing_fn fn, void *ctx);
/* record */
void listing_records(struct service *s, const struct record_filter *f, int64_t after_seq,
                     unsigned limit, listing_fn fn, void *ctx);
/* matter */
void listing_matters(struct service *s, const struct matter_filter *f, unsigned limit,
                     listing_fn fn, void *ctx);
/* roster_history_row */
void listing_history(struct service *s, const char *mission, listing_fn fn, void *ctx);
/* threat_row, of a mission, oldest first; mission NULL: the last of each. */
void listing_threats(struct service *s, const char *mission, listing_fn fn, void *ctx);
void listing_campaigns(struct service *s, listing_fn fn, void *ctx); /* campaign_row */
void listing_outages(struct service *s, listing_fn fn, void *ctx);   /* outage_row */
void listing_tokens(struct service *s, listing_fn fn, void *ctx);    /* token_row */

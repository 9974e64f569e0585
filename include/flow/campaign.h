/*
 * campaign - every representative of an audience is asked to confirm that messages reach him.
 *
 * A broadcast of status system that asks, whatever the quorum of a mission; it reminds by a ladder
 * of its own (ladder_campaign) and ends after so many days.  An answer proves its endpoint; who has
 * not answered is the campaign's call sheet.
 */
#pragma once
#include "flow/service.h"
#include "model/faults.h"

#define CAMPAIGN_MAX_DAYS 90

enum campaign_outcome {
    CAMPAIGN_DONE,
    CAMPAIGN_INVALID, /* faults */
    CAMPAIGN_NOT_FOUND,
    CAMPAIGN_NOT_ALLOWED, /* reason: no personal links are configured, or there is nobody to ask */
    CAMPAIGN_UNAVAILABLE  /* reason: the store's sentence */
};

struct campaign_result { /* valid during the callback */
    enum campaign_outcome outcome;
    const struct campaign_row *row;
    const GPtrArray *obligations; /* struct obligation *: those who are asked; of a look */
    const struct faults *faults;
    const char *reason;
};
typedef void (*campaign_done_fn)(const struct campaign_result *r, void *ctx);

struct campaign_request { /* copied */
    const char *principal;
    int days;
    const char *audience; /* JSON; NULL: everyone */
};
void campaign_start(struct service *s, const struct campaign_request *q, campaign_done_fn done,
                    void *ctx);
void campaign_show(struct service *s, const char *id, campaign_done_fn done, void *ctx);

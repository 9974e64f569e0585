/*
 * publish - lets a broadcast go: the one place where a plan becomes final and is stored.
 *
 * A publication is prepared on the loop thread, stored by publish_store() inside somebody's store
 * work, and ended on the loop by publish_done().  One that follows earlier versions freezes them
 * first (publish_freeze), so that nothing of them leaves while the correction is being stored;
 * publications of that kind take turns (service.publishing).
 *
 * In one transaction: the earlier versions are superseded or cancelled, what was not sent of them
 * is withdrawn, the plan says the right thing to everyone whom they may have reached
 * (model/supersede.h), and the journal tells all of it.
 */
#pragma once
#include "flow/alarm.h"
#include "flow/asking.h"
#include "flow/casefile.h"
#include "flow/service.h"
#include "model/plan.h"

struct publication {
    struct service *service; /* loop thread only */
    char *node;
    struct broadcast *broadcast; /* one reference */
    struct broadcast_row *row;   /* owned, or the file's: what is, or will be, in the store */
    struct casefile *file;       /* what dispatch was given once it was stored; NULL: nothing */
    struct plan *plan; /* owned: of its own audience; NULL: recorded or held, nothing is sent */
    struct headstart *headstart; /* from publish_begin() to publish_done(); NULL: it has none */
    bool is_news;                /* what it refers to was not known before, or nothing came of it */
    bool pending;                /* the row is in the store already and waits */
    GBytes *source;              /* what came in; NULL: nothing new */
    GPtrArray *records;          /* struct record *, owned: told with it */
    GPtrArray *alarms;           /* struct alarm *, owned: raised with it */
    GArray *chain;     /* int64_t: every version of the event that is here, oldest first */
    GArray *in_flight; /* struct underway: of them, what dispatch_freeze() found */
    int64_t now_ms;
    struct config *config; /* one reference: the store thread must not look at the service */
    GPtrArray *masters;    /* keys of links; one reference, NULL: there are none */
    /* What publish_store() found: */
    int64_t ladder_ms,
        custody_ms;     /* the first step of the ladder, change of owner; INT64_MAX: none */
    GArray *superseded; /* int64_t: versions of which nothing is sent any more */
    unsigned withdrawn;
    GPtrArray *added; /* struct notification *, owned: what the last word, gone before, has to say
                       * now (hindsight.h) */
    char *follow_up;  /* id of a correction that waited for this one; NULL: none */
    bool again; /* other versions have come in meanwhile: nothing was stored, prepare it anew */
    bool frozen;
    bool unclaims; /* what a crash left on its way is not yet given back: done with it */
};

struct publication *publication_new(struct service *s, struct broadcast *b /* referenced */,
                                    struct broadcast_row *row /* taken */,
                                    struct plan *p /* taken */);
void publication_free(struct publication *p);
/* Back to where it was prepared, but for its plan and what the row became, which the caller sets
 * anew. */
void publication_reset(struct publication *p);

/* The missions' ids joined by blanks, as records and store rows have them. */
char *publish_mission_list(const struct plan *p);
GPtrArray *publish_copy_references(const GPtrArray *references);
/* Raises an alarm with it, if anybody is configured to hear it. */
void publish_raise(struct publication *p, enum alarm_audience to, const char *event,
                   const char *headline, const char *text);

void publish_freeze(struct publication *p); /* loop thread; p->chain is known */
/* What decides whom it asks. */
struct asking publish_asking(const struct publication *p);
/* What is counted of a plan, and its deadline, in its row. */
void publish_count(struct broadcast_row *row, const struct plan *plan);
/* Held back until `effective`: deferred from birth, so that the queue's own clock releases it. */
void publish_hold(const struct broadcast *b, int64_t now_ms, struct notification *n);
/* The most urgent of what it corrects is its urgency in the queue. */
void publish_take_urgency(struct broadcast_row *row, const struct plan *plan);
/* Loop thread, just before the store has it: what it says may be claimed with it (headstart.h). */
void publish_begin(struct publication *p);
bool publish_store(struct store *s, struct publication *p, GError **error); /* store thread */
/* Loop thread, after the commit or its failure: thaws, wakes, logs. */
void publish_done(struct publication *p, bool committed);

/*
 * world - the daemon's flow on a virtual clock, with a real store on a disk in memory and channels
 * that answer as a test says.
 *
 * Missions are made by number: "m0001" … in Chicago, with representatives 1 and 2 at
 * r<rank>@m<number>.example, and a webhook at https://<host>/m<number> where asked for.  An
 * exercise to twenty missions or more needs a second person, who has half an hour, unless the
 * roster says another rule.
 */
#pragma once
#include "fake_channel.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "flow/intake.h"
#include "flow/service.h"
#include "model/link.h"
#include "virtual_loop.h"
#include "world_storage.h"

#define WORLD_START_MS                                                                             \
    INT64_C(1795444200000) /* 2026-11-23T14:30:00Z: a Monday, 08:30 in Chicago                     \
                            */

struct sent {                                     /* one attempt that reached a channel */
    char *endpoint, *key, *headline, *identifier; /* identifier: of its broadcast */
    enum outcome_kind kind;                       /* how it ends, if nobody crashes before */
    int reply_code;
    int64_t ends_ms;
    int64_t unwell_ms;   /* the store failed, stood still or began last before it */
    int64_t stored_ms;   /* for who reads the journal: its outcome stood there then; 0: not yet */
    int64_t extended_ms; /* likewise: its broadcast was last to be told to others too; 0: never */
    bool crashed;        /* the daemon did not live to hear the answer, or to store it */
    int64_t at_ms;
    unsigned attempt; /* from 1 */
    unsigned missions, obligations;
    unsigned parts; /* bits 1 << enum obligation_part of those obligations */
    char *recipient;
    char *why;   /* their reasons in order, joined by blanks; "remind" before them for a reminder */
    char *about; /* ids of the missions, joined by blanks */
    char token[LINK_TOKEN_LEN + 1], code[LINK_CODE_LEN + 1]; /* "": no link */
};

#define WORLD_NO_SESSION (-1) /* as a code: a relay that takes none */

struct reaction {
    enum outcome_kind kind;
    int code;
    int64_t after_ms; /* the peer takes so long; -1: it never answers */
    int64_t retry_after_ms;
    bool gone;
};

struct world {
    struct world_storage *storage;
    bool dying; /* in world_crash(): what is called now is only let go of */
    struct service service;
    struct mailbox *completions;
    struct loop_watch *watch;
    struct fake_channel fakes[CHANNEL_WEBHOOK + 1];
    struct channel *channels[CHANNEL_WEBHOOK + 1];
    GPtrArray *sent;                                               /* struct sent * */
    struct reaction (*answers)(const struct notice *n, void *ctx); /* NULL: accepted at once */
    void *ctx;
    GPtrArray *hanging; /* attempts nobody will answer: freed with the world */
    int64_t started_ms;
};

struct world_roster {
    unsigned missions;
    const char *webhook_host;  /* NULL: mail alone; "%u.example": a host a mission */
    bool webhook_only;         /* its readers have no mailbox */
    unsigned first;            /* number of the first mission, 0: 1 */
    const char *second_person; /* the rule of release (model/release.h); NULL: as above */
    const char *acknowledge;   /* members of that group; "" : as shipped; NULL: nobody is asked */
    const char *ladder, *offices, *desks; /* files; NULL: the shipped ones */
    enum storage_kind storage;
    uint32_t seed;        /* of STORAGE_DISK */
    const char *csv;      /* further missions, lines of missions.csv without the heading; two
                           * representatives each, as above but for their number */
    const char *deserted; /* likewise, without anybody */
};

/* What a world of it is configured with; one reference. */
struct config *world_config(const struct world_roster *r);
struct world *world_new(const struct world_roster *r);
void world_start(struct world *w, int64_t now_ms); /* again after world_crash */
void world_crash(struct world *w); /* kill -9: nothing is given back, what is in flight is lost */
void world_free(struct world *w);

/* Another roster from now on, as an import would make it. */
void world_set_roster(struct world *w, const struct world_roster *r);
/* What a SIGHUP does when nothing has changed. */
void world_reload(struct world *w);

int64_t world_now_ms(const struct world *w);
void world_run_for(struct world *w, int64_t ms);

/* Sends a broadcast that differs from the plainest (alert, actual, immediate, everyone, no expires)
 * by the given members, as JSON text without braces ("" : none).  Runs until it is answered. */
enum intake_kind world_send(struct world *w, const char *identifier, const char *members);
/* Any body; kind as the intake answers. */
enum intake_kind world_send_body(struct world *w, const char *body);

struct world_reply { /* filled by world_submit(); nothing to free */
    const struct world *world;
    bool there;
    enum intake_kind kind;
    int64_t at_ms;
    char id[40]; /* ACCEPTED and KNOWN */
};
/* Submits a body (of a preview's type) and returns: reply is filled while the loop runs. */
void world_submit(struct world *w, const char *type, const char *body, struct world_reply *reply);
/* The row of a broadcast as the store has it, to be freed by broadcast_row_free(). */
struct broadcast_row *world_row(struct world *w, const char *id);
const char *world_last_id(void); /* of the last broadcast accepted */

/* From the store: notifications of the last broadcast in a state; obligations likewise. */
unsigned world_notifications(struct world *w, enum notification_state s);
unsigned world_obligations(struct world *w, enum obligation_state s);
unsigned world_records(struct world *w, const char *event);

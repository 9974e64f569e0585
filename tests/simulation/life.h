/*
 * life - the random history of one event, how it is lived on the virtual clock, and what must be
 * true of it afterwards.
 *
 * One seed is one history: an alert, its corrections by its sender, by a sender named for that and
 * by a stranger, exercises and answers that refer to it, in any order of arrival and several at the
 * same instant; people who approve, release and reject; peers that refuse, defer and go silent; a
 * store that fails and a daemon that is killed anywhere.  Version 0 is the alert; whatever a
 * version refers to has a lower index, so the order of the indices is the order of the event, even
 * where a clock was wrong.  The promises are computed from the history alone, never from the flow's
 * rules.
 */
#pragma once
#include "flow/decision.h"
#include "world.h"

#define LIFE_VERSIONS 6
#define LIFE_MISSIONS 8
#define LIFE_ACTIONS 32
#define LIFE_MINUTE INT64_C(60000)
#define LIFE_HOUR (60 * LIFE_MINUTE)

enum life_what {
    LIFE_ALERT,
    LIFE_UPDATE,
    LIFE_SAME_WORDS, /* an update that says what the alert said, to the same missions */
    LIFE_HELD,       /* an update in CAP whose target means nothing */
    LIFE_CANCEL,
    LIFE_ACK
};
enum life_who { LIFE_DESK, LIFE_CHIEF /* may supersede */, LIFE_STRANGER };

struct life_version {
    enum life_what what;
    enum life_who who;
    bool other_status; /* than the alert's */
    bool ghost;        /* refers to one that never comes, besides its refs */
    char identifier[4];
    int64_t sent_ms, expires_ms, effective_ms; /* 0: at once */
    unsigned missions, refs;                   /* bits: of missions, of versions */
    /* What became of it: */
    bool accepted;
    char id[40];
    int64_t accepted_ms;       /* when its sender knew */
    int64_t asked_ms;          /* a person first asked for it to go; 0: nobody */
    struct broadcast_row *row; /* at the end, owned; NULL: it was not taken */
};

enum life_deed {
    LIFE_SEND,
    LIFE_SEND_OTHER_CONTENT,
    LIFE_APPROVE,
    LIFE_BYPASS,
    LIFE_RELEASE,
    LIFE_REJECT
};

struct life;
struct life_action {
    struct life *life;
    enum life_deed deed;
    int version;
    int64_t at_ms;
    unsigned steps; /* pieces of work between this and what comes at the same instant */
    enum { LIFE_WAITS, LIFE_ASKED, LIFE_DONE } state;
    unsigned tries;
    unsigned known_before; /* versions taken when it was asked */
    struct world_reply reply;
    int64_t stated; /* number of missions, -1: not yet known */
    bool decided;   /* an answer to a decision is here: */
    enum decision_outcome outcome;
    bool still_pending;
};

struct life {
    uint32_t seed;
    GRand *rand;
    struct world *world;
    const char *rule; /* for a second person; NULL: nobody is needed */
    unsigned rule_from;
    bool exercise; /* the alert's status; else actual */
    int refusing;  /* percent of endpoints that always refuse */
    struct life_version v[LIFE_VERSIONS];
    int n;
    struct life_action actions[LIFE_ACTIONS];
    int n_actions;
    char *fault; /* owned; NULL: every promise held */
    char *at;    /* the endpoint it is about, owned; NULL: none */
};

void life_imagine(struct life *l);      /* life_imagine.c; from l->rand */
char *life_audience(unsigned missions); /* as JSON */
char *life_body(const struct life *l, int version, bool other_content, const char **type);
void life_live(struct life *l);  /* life_live.c */
void life_check(struct life *l); /* life_check.c */
bool life_is_refusing(const struct life *l, const char *endpoint);
/* The first fault is kept. */
void life_fail(struct life *l, const char *endpoint, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Everything about a history, and the sends to the endpoint the fault is about (life_tell.c). */
void life_tell(const struct life *l);

/* Does it count for the event?  Not what a stranger sent, nor another status, nor an answer, nor
 * what refers to nothing that ever comes. */
bool life_counts(const struct life_version *v);

/*
 * life - the random history of one event, how it is lived on the virtual clock, and what must be
 * true of it at every step and afterwards.
 *
 * One seed is one history: an alert, its corrections by its sender, by a sender named for that and
 * by a stranger, exercises and answers that refer to it, in any order of arrival and several at the
 * same instant; people who approve, release, reject and answer; peers that refuse, defer, hang,
 * drop the line after the body, answer late and lie; a store that fails, stalls and loses its
 * power, a roster that changes, and a daemon that is killed or reloaded anywhere.  Version 0 is the
 * alert; whatever a version refers to has a lower index, so the order of the indices is the order
 * of the event, even where a clock was wrong.  The promises are computed from the history alone,
 * never from the flow's rules.
 *
 * Every eighth event is adrift: what links its versions comes late or is held, and people let go
 * what they have.
 *
 * Everything is imagined before it is lived, and each peer answers by its own dice, so that parts
 * can be left out (life_cut.h) and the rest stays as it is.
 */
#pragma once
#include "flow/decision.h"
#include "life_cut.h"
#include "world.h"

#define LIFE_VERSIONS 6
#define LIFE_MISSIONS 8
#define LIFE_MINUTE INT64_C(60000)
#define LIFE_HOUR (60 * LIFE_MINUTE)

/* Codes of peers that lie: one keeps what it defers, the other loses what it accepts. */
#define LIFE_KEPT 452
#define LIFE_LOST 252

enum life_what {
    LIFE_ALERT,
    LIFE_UPDATE,
    LIFE_SAME_WORDS, /* an update that says what the alert said, to the same missions */
    LIFE_HELD,       /* an update in CAP whose target means nothing */
    LIFE_CANCEL,
    LIFE_ACK
};
/* Of the roster, at some missions. */
enum life_change {
    LIFE_SAME,
    LIFE_FIRST_MOVES,    /* representative 1 has the mailbox n1@… now */
    LIFE_FIRST_UNHOOKED, /* and has no webhook any more */
    LIFE_SECOND_MOVES,   /* representative 2 has the mailbox n2@… now */
    LIFE_SECOND_LEAVES,
    LIFE_THIRD_COMES, /* representative 3, r3@… */
    LIFE_CHANGES
};
enum life_who { LIFE_DESK, LIFE_CHIEF /* may supersede */, LIFE_STRANGER };

struct life_version {
    enum life_what what;
    enum life_who who;
    bool other_status; /* than the alert's */
    bool ghost;        /* refers to one that never comes, besides its refs */
    bool dropped;      /* left out: it is never sent */
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
    LIFE_REJECT,
    LIFE_ANSWER, /* by whom: `amount`, see life_people.c */
    /* Trouble, of no version: */
    LIFE_CRASH,
    LIFE_FAIL,   /* the next `amount` commits */
    LIFE_BREAK,  /* the `amount`th statement of the store from then on */
    LIFE_STALL,  /* the store does nothing for `amount` ms */
    LIFE_FULL,   /* so many writes to the disk fail; these two where the store is on one */
    LIFE_POWER,  /* it goes at the `amount`th operation of the disk from then on */
    LIFE_RELOAD, /* of a configuration and a roster that say what they said */
    LIFE_ROSTER  /* people move, leave or come: `amount`, see life_roster.c */
};
extern const char *const life_deed_names[];

struct life;
struct life_action {
    struct life *life;
    enum life_deed deed;
    int version; /* -1: trouble */
    unsigned amount;
    int64_t at_ms;
    unsigned steps; /* pieces of work between this and what comes at the same instant */
    bool dropped;
    enum { LIFE_WAITS, LIFE_ASKED, LIFE_DONE } state;
    unsigned tries;
    unsigned known_before; /* versions taken when it was asked */
    struct world_reply reply;
    int64_t stated;   /* number of missions, -1: not yet known */
    bool unavailable; /* the store said no to a change of the roster */
    bool decided;     /* an answer to a decision is here: */
    enum decision_outcome outcome;
    bool still_pending;
    int heard; /* enum acknowledge_outcome */
};

struct life_odds;
struct life_journal { /* what has been read of the journal (life_journal.c) */
    int64_t seq;
    char hash[RECORD_HASH_LEN + 1];
    char ids[LIFE_VERSIONS][40];        /* of the versions, as far as it told of them */
    int64_t stored_ms[LIFE_VERSIONS];   /* when each was accepted */
    int64_t let_go_ms[LIFE_VERSIONS];   /* when each last had nobody to wait for */
    int64_t extended_ms[LIFE_VERSIONS]; /* when each was last to be told to others too */
    unsigned accepted, waiting; /* bits: versions that it has as accepted, and not as let go */
    unsigned held;              /* that it has as held, be it for less than a millisecond */
};

struct life {
    uint32_t seed;
    const struct life_odds *odds; /* life_imagine.c */
    struct life_cut cut;
    GRand *rand;
    struct world *world;
    const char *rule; /* for a second person; NULL: nobody is needed */
    unsigned rule_from;
    bool exercise;                        /* the alert's status; else actual */
    bool asks;                            /* acknowledgements are asked for */
    bool on_disk;                         /* the store loses what was not synced */
    int refusing;                         /* percent of endpoints that always refuse */
    bool keeps_roster;                    /* it lies in the store, and changes (life_roster.c): */
    enum life_change change;              /* at the missions `changed` (bits) */
    int64_t change_from_ms, change_to_ms; /* asked for, and known to be done; 0: not yet */
    unsigned changed;
    struct life_version v[LIFE_VERSIONS];
    int n;
    struct life_action actions[LIFE_ACTIONS];
    int n_actions;
    struct life_journal journal;
    bool power_fails;                /* at an operation of the disk that is to come */
    guint checked;                   /* sends that life_step() has seen */
    guint lived;                     /* sends before the last crash */
    int64_t starts_ms[LIFE_ACTIONS]; /* after a crash */
    int n_starts;
    int promise; /* the one that was broken */
    char *fault; /* owned; NULL: every promise held */
    char *at;    /* the endpoint it is about, owned; NULL: none */
};

/* Imagines, lives and checks; life_end() when it was looked at. */
void life_run(struct life *l, uint32_t seed, const struct life_cut *cut);
void life_end(struct life *l);

void life_imagine(struct life *l);      /* life_imagine.c; from l->rand */
char *life_audience(unsigned missions); /* as JSON; life_body.c */
char *life_body(const struct life *l, int version, bool other_content, const char **type);
struct reaction life_answer(const struct notice *n, void *life); /* life_peers.c */
bool life_is_refusing(const struct life *l, const char *endpoint);
bool life_is_well(const struct life *l, const char *endpoint); /* it always takes, at once */
/* False: there is nothing yet that could be answered.  heard: a->decided has come true. */
bool life_people_answer(struct life_action *a);
void life_people_heard(struct life_action *a);
/* That representative has answered it, through whichever endpoint. */
bool life_people_answered(const struct life *l, int version, const char *endpoint);
/* What the roster says and said; life_roster.c.  Each endpoint of a mission, by number, that is in
 * the roster by which the version of that row was resolved; not where that is not certain. */
void life_each_due(struct life *l, const struct broadcast_row *row, unsigned mission,
                   void (*fn)(void *ctx, const char *endpoint, unsigned rank), void *ctx);
bool life_is_listed(const struct life *l, const struct broadcast_row *row,
                    const char *endpoint); /* certainly */
bool life_is_gone(const struct life *l, const struct broadcast_row *row,
                  const char *endpoint);                               /* certainly */
unsigned life_roster_amount(enum life_change change, unsigned nibble); /* of that action */
void life_change_roster(struct life_action *a);
void life_roster_changed(struct life_action *a); /* a->decided has come true */
void life_keep_roster(struct life *l);           /* in the store, from the beginning */
void life_read_roster(struct life *l);           /* from there, at a start */
void life_live(struct life *l);                  /* life_live.c */

/* Everything that can be seen at once, after any piece of work (life_step.c, life_journal.c). */
void life_step(struct life *l);
void life_read_journal(struct life *l);
void life_is_journal_kept(struct life *l); /* after a crash */
/* Does the journal, as far as it can be read, have a record whose event begins so?  NULL: whatever
 * broadcast, or endpoint. */
bool life_is_recorded(struct life *l, const char *broadcast, const char *event,
                      const char *endpoint);
void life_is_stored_whole(struct life *l, int version);
void life_check(struct life *l); /* of a whole history; life_check.c, life_bound.c */
void life_check_bound(struct life *l);
/* promise: 1 to 5, 0 for what is promised elsewhere.  The first fault is kept. */
void life_fail(struct life *l, int promise, const char *endpoint, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* Everything about a history, and the sends to the endpoint the fault is about (life_tell.c). */
void life_tell(const struct life *l);
/* Of all that was sent, answered and written down. */
char *life_digest(const struct life *l);

/* Does it count for the event?  Not what a stranger sent, nor another status, nor an answer, nor
 * what refers to nothing that ever comes. */
bool life_counts(const struct life_version *v);
int life_version_of(const struct life *l, const struct sent *s); /* -1: an alarm of our own */
/* The mission of a representative's endpoint, as a bit; 0: an office's or desk's. */
unsigned life_mission_of(const char *endpoint);

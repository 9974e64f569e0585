/*
 * admission - what a broadcast that has come in becomes: sent, held for a person, waiting for a
 * second one, or recorded and sent nowhere.
 *
 * On the loop thread, on a publication that is not stored yet.  A plan that does not go out is
 * taken off the publication and given back, so that it can be judged anew.
 */
#pragma once
#include "flow/publish.h"

struct admission {
    bool over;                       /* it had expired when it came: it is only recorded */
    const char *hold;                /* why only a person can tell its audience; NULL */
    const struct reference *missing; /* what it has to wait for (event_missing); NULL */
    unsigned told;                   /* missions that are spoken to */
    const char *missions;            /* their ids, joined by blanks */
};

/* A record about the publication's broadcast; caller adds or frees it. */
struct record *admission_record(const struct publication *p, const char *event, const char *reply);
/* The plan that stays behind, NULL: it is the publication's, and goes out. */
struct plan *admission_judge(struct publication *p, const struct admission *g);
/* The same for one that is stored and has waited: who came in between may have made it speak to
 * more. */
struct plan *admission_judge_again(struct publication *p, const struct admission *g);

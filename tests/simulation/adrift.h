/*
 * adrift - a world in which a correction is let go before it is known what it corrects.
 *
 * Three missions.  A is the alert to all of them, C an update that refers to what is not here, B
 * what links the two and comes last.
 */
#pragma once
#include <string.h>

#include "world_decide.h"

#define MINUTE INT64_C(60000)
#define AT(minute) "\"sent\":\"2026-11-23T14:" minute ":00Z\""
#define REFERS(to, minute)                                                                         \
    "\"references\":[{\"identifier\":\"" to "\",\"sender\":\"desk@dss.example\"," AT(minute) "}]"
#define FIRST AT("30")
#define LINK "\"type\":\"update\"," AT("31") "," REFERS("A", "30")
#define UPDATE "\"type\":\"update\"," AT("32") "," REFERS("B", "31")
#define CANCEL "\"type\":\"cancel\"," AT("33") "," REFERS("C", "32")
#define TO(mission) "\"audience\":{\"missions\":[\"" mission "\"]}"

extern const char adrift_first[], adrift_second[]; /* a person of the first, and of the second */

struct world *adrift_begin(void);
/* It is accepted; then time passes. */
void adrift_send(struct world *w, const char *identifier, const char *members, int64_t ms);
/* A person lets it go to that mission, though it refers to what is not here. */
void adrift_let_go(struct world *w, const char *identifier, const char *members,
                   const char *mission, int64_t ms);
void adrift_let_update_go(struct world *w, int64_t ms); /* C */
/* What that endpoint was sent, one letter each. */
char *adrift_heard(const struct world *w, const char *endpoint);
void adrift_must_hear(const struct world *w, const char *endpoint, const char *want);

/*
 * gate - what is remembered of callers from afar, so that nobody gets far by guessing.
 *
 * Pure, times of a clock that never goes back; memory is bounded and ends with the process.  A
 * network (caller_network()) may ask for GATE_PAGES_BURST pages at once and then one a second, and
 * be wrong (a code, a link, a signature) GATE_WRONG_BURST times and then once a minute.  A link
 * whose code was guessed at GATE_LINK_TRIES times is locked for a quarter of an hour, then for
 * twice that, up to a day: nobody's code is looked at meanwhile, not even the right one.  A try
 * that is on its way to the store counts as a wrong one until it is known what it was.
 * At the API a network may show GATE_WRONG_BURST tokens that are wrong and then one a minute; a
 * token that was right within the hour is not kept out by what its neighbours (those behind one
 * proxy) do.
 * A mission may open GATE_MATTERS_BURST matters by its tokens and then one a minute: each tells
 * somebody, who has others to look after.
 */
#pragma once
#include <stdint.h>

#define GATE_PAGES_BURST 60
#define GATE_WRONG_BURST 20
#define GATE_MATTERS_BURST 20
#define GATE_LINK_TRIES 5
#define GATE_LINK_LOCK_MS ((int64_t)15 * 60 * 1000)

struct gate;
struct gate *gate_new(void);
void gate_free(struct gate *g);

/* Counts a request.  0: it may be answered, else milliseconds until one may. */
int64_t gate_enter(struct gate *g, const char *network, int64_t now_ms);
/* 0: an answer of that caller may be looked at, and is a try at the link's code until
 * gate_right(), or gate_untried(), says otherwise; else milliseconds until one may. */
int64_t gate_try(struct gate *g, const char *network, const char *link /* NULL: none */,
                 int64_t now_ms);
void gate_wrong(struct gate *g, const char *network, int64_t now_ms); /* the caller was */
void gate_right(struct gate *g, const char *link);   /* the link's wrong ones are forgotten */
void gate_untried(struct gate *g, const char *link); /* its code was not looked at */

/* Counts a matter that a mission's token opens.  0: it may, else milliseconds until one may. */
int64_t gate_matter(struct gate *g, const char *mission, int64_t now_ms);
/* 0: the token of that digest may be looked up, else milliseconds until then. */
int64_t gate_token_wait(struct gate *g, const char *network, const char *digest, int64_t now_ms);
void gate_token_wrong(struct gate *g, const char *network, int64_t now_ms);
void gate_token_right(struct gate *g, const char *digest, int64_t now_ms);

/*
 * life_cut - what is left out of a history, and how a failing one is made small.
 *
 * As text: parts divided by commas.  "a7" is the eighth action, "v2" the third version with all
 * that is done about it (whoever refers to it refers to what it referred to), "m3" the fourth
 * mission; the words of life_plain_names[] make the whole of something plain.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define LIFE_ACTIONS 64

enum life_plain {
    PLAIN_PEERS,   /* every endpoint takes at once */
    PLAIN_REFUSED, /* nobody refuses always */
    PLAIN_ORDER,   /* nothing is left to chance in the loop */
    PLAIN_DISK,    /* the store outlives a crash */
    PLAIN_STEPS,   /* nothing comes in between at the same instant */
    PLAIN_COUNT
};
extern const char *const life_plain_names[]; /* NULL at the end */

struct life_cut {
    uint64_t actions;
    unsigned versions, missions, plain; /* bits */
};

struct life;
bool life_cut_parse(const char *text, struct life_cut *out); /* false: what is that? */
char *life_cut_text(const struct life_cut *c);
void life_cut_apply(struct life *l); /* l->cut, to what was imagined */

/* The smallest history of a failing one that still breaks a promise of that number: parts are left
 * out one by one as long as it does.  check: does its seed without them break it?  runs: how many
 * it took.  l may have ended. */
struct life_cut life_shrink(const struct life *l,
                            bool (*check)(uint32_t seed, const struct life_cut *c, void *ctx),
                            void *ctx, unsigned *runs);

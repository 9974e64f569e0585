/*
 * turns - one after the other: what must not begin before what was begun earlier is over.
 *
 * Loop thread only.  All zero is nobody's turn; nothing is to be freed once nobody waits.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

struct turns {
    bool taken;
    GQueue waiting;
};

/* fn when it is its turn, at once where nobody has it; whoever had it calls turns_over(). */
void turns_take(struct turns *t, void (*fn)(void *ctx), void *ctx);
void turns_over(struct turns *t);

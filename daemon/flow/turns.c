#include "flow/turns.h"

struct turn {
    void (*fn)(void *ctx);
    void *ctx;
};

void turns_take(struct turns *t, void (*fn)(void *ctx), void *ctx)
{
    if (!t->taken) {
        t->taken = true;
        fn(ctx);
        return;
    }
    struct turn *next = g_new(struct turn, 1);
    *next = (struct turn){ fn, ctx };
    g_queue_push_tail(&t->waiting, next);
}

void turns_over(struct turns *t)
{
    struct turn *next = g_queue_pop_head(&t->waiting);
    t->taken = next != NULL;
    if (!next)
        return;
    next->fn(next->ctx);
    g_free(next);
}

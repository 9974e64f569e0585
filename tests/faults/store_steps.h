/*
 * store_steps - the life of a store in steps: every operation of it, with what came before.
 *
 * Run in order, each in a transaction of its own, they take an empty store through a roster import,
 * broadcasts with plans, attempts, a correction, acknowledgements, matters and all the rest.  A
 * step stands on those before it and on nothing else, so that it can be tried again and again on a
 * copy of the disk as they left it.  A step that reads checks what it reads.
 */
#pragma once
#include "store/store.h"

struct store_step {
    const char *name;
    size_t op; /* offsetof(struct store_ops, …) of the operation that it is about */
    bool (*run)(struct store *s, GError **error); /* false: with *error, as the operation */
};

extern const struct store_step store_steps[];
extern const size_t store_steps_count;

/* As the store's thread runs a piece of work: in begin … commit and in a savepoint, which is undone
 * if it fails, while the transaction around it is committed. */
bool store_step_run(const struct store_step *t, struct store *s, GError **error);

/*
 * world_storage - where the store of a world lives: real SQLite on a disk in memory.
 *
 * The schema is migrated once a process.  STORAGE_KEPT keeps the connection over crashes and from
 * world to world (emptied): a crash undoes the transaction that is open, which is all that a
 * process takes with it.  STORAGE_DISK opens a copy of the migrated files at every start, and a
 * crash is a power cut: of what was not yet synced some is lost and some is torn, by the seed.
 *
 *     struct world_storage *g = world_storage_take(STORAGE_DISK, seed);
 *     store_thread_new(world_storage_enter(g), &options, …)
 *     …  world_storage_crash(g), store_thread_free(), and again
 *     world_storage_give(g);
 */
#pragma once
#include "memory_disk.h"
#include "store/store.h"

enum storage_kind { STORAGE_KEPT, STORAGE_DISK };

struct world_storage;

struct world_storage *world_storage_take(enum storage_kind kind, uint32_t seed);
void world_storage_give(struct world_storage *g); /* its store is closed */
/* Only open and close are there; the next open is of g. */
const struct store_ops *world_storage_enter(struct world_storage *g);
/* Before its store is closed: nothing more becomes durable. */
void world_storage_crash(struct world_storage *g);
const char *world_storage_dir(void); /* of the options; empty, on the real disk */
/* The n-th statement from now fails, and those that come next until so many have; 0: none.  One
 * that writes takes its transaction with it. */
void world_storage_break(struct world_storage *g, unsigned n, unsigned times);
bool world_storage_broken(const struct world_storage *g); /* has one failed so? */
/* While it is only looked at, statements and operations neither count nor fail. */
void world_storage_spare(struct world_storage *g, bool spare);
/* STORAGE_DISK only, else NULL. */
struct memory_faults *world_storage_faults(struct world_storage *g);

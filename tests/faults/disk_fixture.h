/*
 * disk_fixture - the store's fixture with its database on a disk in memory.
 *
 * f->dir is an empty folder of the real disk; *state is a struct on_disk.
 */
#pragma once
#include "memory_disk.h"
#include "store_fixture.h"

#include <sqlite3.h>

struct on_disk {
    struct fixture f; /* first, so that the store's helpers take it */
    struct memory_disk *disk;
};

static inline int on_disk_setup(void **state)
{
    fixture_setup_closed(state);
    struct on_disk *o = g_new0(struct on_disk, 1);
    o->f = *(struct fixture *)*state;
    g_free(*state);
    *state = o;
    o->disk = memory_disk_new();
    memory_disk_use(o->disk);
    return 0;
}

static inline void on_disk_close(struct on_disk *o)
{
    if (o->f.s)
        o->f.ops->close(o->f.s);
    o->f.s = NULL;
}

static inline int on_disk_teardown(void **state)
{
    struct on_disk *o = *state;
    on_disk_close(o);
    memory_disk_use(NULL);
    memory_disk_free(o->disk);
    return fixture_teardown(state);
}

/* The power goes, and this is left; the store is closed. */
static inline void on_disk_cut(struct on_disk *o, const struct memory_cut *c)
{
    memory_disk_crash(o->disk);
    on_disk_close(o);
    *memory_disk_faults(o->disk) = (struct memory_faults){ 0 };
    memory_disk_cut(o->disk, c);
}

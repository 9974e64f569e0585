/*
 * roster - an immutable snapshot of every mission and representative.
 *
 * Built once, then only read, by any number of threads; swapped whole when it changes.  Missions
 * keep the order of the import, which is the order of the export.
 */
#pragma once
#include "model/faults.h"
#include "model/mission.h"

struct roster;

struct roster *roster_new(void);
/* Building, before the first roster_ref.  Takes ownership.  False: the id is already there (and the
 * mission is freed). */
bool roster_add(struct roster *r, struct mission *m);
/* Adds to the mission's representatives by rank.  False (and frees it): no such mission, or the
 * mission has that rank already; *why says which. */
bool roster_add_representative(struct roster *r, const char *mission, struct representative *p,
                               const char **why);

struct roster *roster_ref(struct roster *r);
void roster_unref(struct roster *r);

size_t roster_count(const struct roster *r);
const struct mission *roster_at(const struct roster *r, size_t i);
const struct mission *roster_find(const struct roster *r, const char *id); /* NULL: none */
/* Where roster_at() has it.  False: there is none. */
bool roster_place(const struct roster *r, const char *id, size_t *place);
size_t roster_representative_count(const struct roster *r);

/* What an import changes: ids of missions added, changed, removed; and of those that fall below two
 * valid representatives at at_ms by it: they have fewer now, and were absent or had two before.
 * before may be NULL. */
struct roster_change {
    GPtrArray *added, *changed, *removed, *below_two; /* char *, owned */
};
struct roster_change *roster_compare(const struct roster *before, const struct roster *after,
                                     int64_t at_ms);
void roster_change_free(struct roster_change *c);
/* Does it remove so many of the missions that it may be a mistake: all, or more than a tenth?
 * missions_before: how many there were. */
bool roster_change_is_drastic(const struct roster_change *c, size_t missions_before);

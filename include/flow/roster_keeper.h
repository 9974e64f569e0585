/*
 * roster_keeper - the roster's way in and out: import, single changes, checks, export.
 *
 * All or nothing: the store commits first, then the snapshot in memory is swapped.  Changes take
 * turns: each single one is made of the roster that the one before it has left; an import that was
 * read while another change came is refused ("changed-meanwhile").  Imports are read and checked
 * one after the other on a thread of their own, what is single on the loop's.
 */
#pragma once
#include "flow/roster_edit.h"
#include "flow/service.h"
#include "model/faults.h"
#include "model/roster_check.h"
#include "wire/roster_csv.h"

struct roster_result {                  /* valid during the callback */
    const struct faults *faults;        /* errors: nothing was changed */
    const struct roster_change *change; /* NULL with errors */
    const char *unavailable;            /* store's sentence, NULL otherwise */
    unsigned
        to_allow; /* so many missions would go that somebody must say so; 0: no need, or done */
    bool refused; /* nobody did: nothing was changed */
    size_t missions, representatives; /* of the roster after it */
};
typedef void (*roster_done_fn)(const struct roster_result *r, void *ctx);

/* dry_run: tells what would change, changes nothing.  allow_removals: an import that removes many
 * of the missions (roster_change_is_drastic) may remove so many. */
void roster_keeper_import(struct service *s, const struct roster_csv_file *missions,
                          const struct roster_csv_file *representatives, const char *principal,
                          bool dry_run, int64_t allow_removals, roster_done_fn done, void *ctx);
/* What belongs to a change is stored in its transaction, before it; *overtaken: nothing is changed,
 * and the faults say that it was decided by somebody else meanwhile. */
typedef bool (*roster_along_fn)(struct store *s, void *ctx, bool *overtaken, GError **error);
/* Appends what is to be changed (struct roster_edit, borrowed until it has returned from the roster
 * or from ctx) to edits, when its turn has come: now is what the changes before it have left.  With
 * an error in f nothing is changed. */
typedef void (*roster_choose_fn)(const struct roster *now, GArray *edits, struct faults *f,
                                 void *ctx);
struct roster_amendment { /* edits are borrowed for the call; ctx until done */
    const struct roster_edit *edits;
    size_t n;
    roster_choose_fn choose; /* in the place of edits; NULL: they do not depend on the roster */
    const char *principal;
    roster_along_fn along; /* NULL: nothing; with it, also the history of threat levels is its */
    void *ctx;
};
void roster_keeper_amend(struct service *s, const struct roster_amendment *a, roster_done_fn done,
                         void *ctx);
/* One field of a mission ("zip") or, rank > 0, of a representative ("email").  A threat level is
 * refused: flow/threat.h sets it, with a reason. */
void roster_keeper_set(struct service *s, const char *mission, unsigned rank, const char *field,
                       const char *value, const char *principal, roster_done_fn done, void *ctx);
/* Ends that thread, after what it is reading; what it was given is answered as unavailable.  The
 * loop and the store are still there; nothing is imported any more. */
void roster_keeper_stop(struct service *s);
GPtrArray *roster_keeper_check(struct service *s); /* struct roster_finding * */

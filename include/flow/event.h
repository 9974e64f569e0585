/*
 * event - the versions of one broadcast that are here, and how another one stands to them.
 *
 * Versions are ordered by what they refer to, then by when they were sent: the last word is the
 * newest that has gone out, or that only waits for what it refers to.  Whatever is older than the
 * last word goes nowhere, in whatever order the two arrive.
 */
#pragma once
#include "model/broadcast.h"
#include "store/store.h"

struct event {
    GPtrArray *rows;    /* struct broadcast_row *, oldest first, without the one that asks */
    GPtrArray *unknown; /* struct reference *: referred to by any of them, but not here, or not the
                         * asker's to correct */
    GHashTable *before, *after; /* of the rows, borrowed: what the asker refers to, and whatever
                                 * refers to it, over others too */
    GPtrArray *adopted;         /* struct adopted * (event_adopt.h): the rows have these among their
                                 * references */
};

/* On the store thread.  row: b's, with its number if it is stored, and the references that its
 * sender may make.  False with error; *out is to be cleared in any case. */
bool event_read(struct store *s, const struct broadcast *b, const struct broadcast_row *row,
                struct event *out, GError **error);
void event_clear(struct event *e);
/* Every version of row's event that is here, itself among them, oldest first as above: *rows is
 * struct broadcast_row *, the caller's.  On the store thread.  False with error. */
bool event_versions(struct store *s, const struct broadcast_row *row, GPtrArray **rows,
                    GError **error);

/* b's sender refers to r, which somebody named for it has sent in between: the version of b's
 * sender that r corrects, which b then corrects too; NULL: there is none, and it is a stranger.
 * False with error. */
bool event_owner(struct store *s, const struct broadcast *b, const struct reference *r,
                 struct reference **out, GError **error);
/* What b refers to itself and has to wait for: nothing that it follows, over others too, stands
 * yet, because it is not here or waits itself.  NULL: it need not wait. */
const struct reference *event_missing(const struct event *e, const struct broadcast *b);
/* Is the row held only because of that, or because a later one had waited for it? */
bool event_row_waits(const struct broadcast_row *row);
bool event_row_yields(const struct broadcast_row *row); /* only the latter */
/* How such holds begin. */
#define EVENT_WAITS "it refers to "
#define EVENT_YIELDS "it gives way to "

/* Is row, one of e's, a later word than b, for which e was read? */
bool event_is_after(const struct event *e, const struct broadcast_row *row,
                    const struct broadcast *b);
/* The newest word after b that has gone out, or waits for what it refers to and has not expired;
 * NULL: b is the last. */
const struct broadcast_row *event_last_word(const struct event *e, const struct broadcast *b,
                                            int64_t now_ms);
/* What e was read for is held for a person: the newest that gave way, be it that it has expired,
 * else the oldest that waited for it, for what leads to it or for the same, need not any more and
 * has not expired.  NULL: none.  What comes after that one is its to let go. */
const struct broadcast_row *event_next(const struct event *e, int64_t now_ms);
/* Those of e's rows that are of one event with row even where the asker is not here; a set of
 * borrowed rows, with row itself, freed by the caller. */
GHashTable *event_without_asker(const struct event *e, const struct broadcast_row *row);

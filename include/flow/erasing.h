/*
 * erasing - the store's side of an erasure, of one broadcast, and of the records that belong to
 * none: who did what, what was said of a matter, a destination that was down.
 *
 * Store thread, inside a transaction.
 */
#pragma once
#include "flow/journal.h"

struct erasing {
    struct journal_hand hand;
    const char *why;           /* told in the journal */
    const char *endpoint;      /* of one person; NULL: of everybody */
    GPtrArray *names;          /* char *: what else names that person; NULL: nothing */
    GPtrArray *seats;          /* char *: theirs in that broadcast ("fr-chicago/1"); NULL: none */
    int64_t before_ms;         /* loose records older than it; 0: none */
    int64_t matters_before_ms; /* the same for those of matters, counted from the matter's end */
    unsigned records, old;
};

/* Is nothing of its event open, nobody waited for and nothing queued? */
bool erasing_may(struct store *s, const struct broadcast_row *row, bool *may, GError **error);
/* The next page of its records after *after_seq; *over: there was no more. */
bool erasing_records(struct store *s, struct erasing *e, const struct broadcast_row *row,
                     int64_t *after_seq, bool *over, GError **error);
/* The same of those that belong to no broadcast; what is said of an open matter stays. */
bool erasing_loose(struct store *s, struct erasing *e, int64_t *after_seq, bool *over,
                   GError **error);

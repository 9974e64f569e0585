/*
 * erasing - the store's side of an erasure, of one broadcast.
 *
 * Store thread, inside a transaction.
 */
#pragma once
#include "flow/journal.h"

struct erasing {
    struct journal_hand hand;
    const char *why;      /* told in the journal */
    const char *endpoint; /* of one person; NULL: of everybody */
    GPtrArray *names;     /* char *: what else names that person; NULL: nothing */
    unsigned records, old;
};

/* Is nothing of its event open, nobody waited for and nothing queued? */
bool erasing_may(struct store *s, const struct broadcast_row *row, bool *may, GError **error);
/* The next page of its records after *after_seq; *over: there was no more. */
bool erasing_records(struct store *s, struct erasing *e, const struct broadcast_row *row,
                     int64_t *after_seq, bool *over, GError **error);

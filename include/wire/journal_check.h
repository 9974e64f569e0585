/*
 * journal_check - is a delivery log whole, unchanged, and signed as far as it says?
 *
 * The lines are given in order, those of a witness first.  Every fault names the record that is
 * changed, missing, out of order or cut off, by the seq that it has or would have.  What the key
 * has signed cannot have been written anew; records after the last signature can, and only a
 * witness shows that the end was cut off.  A key that is announced by a record of the one before it
 * takes its place.  Nothing but the lines is read.
 */
#pragma once
#include "model/record.h"

struct journal_fault {
    int64_t seq;
    const char *code;     /* static */
    const char *sentence; /* borrowed */
};

struct journal_found {
    int64_t records, first_seq, last_seq, signed_seq; /* signed_seq: up to here the key holds */
    char first_prev[RECORD_HASH_LEN + 1], last_hash[RECORD_HASH_LEN + 1];
    char *signer; /* owned; the key of the last signature; NULL: there is none */
    unsigned faults, repeated, erased, witnessed;
};

struct journal_check;

/* key: base64url, NULL: signatures are checked with the key that they name, which proves little.
 * from: the seq that the first record has to have, 0: any. */
struct journal_check *journal_check_new(const char *key, int64_t from,
                                        void (*fault)(void *ctx, const struct journal_fault *f),
                                        void *ctx);
void journal_check_witness(struct journal_check *c, const char *line, size_t len);
/* Another file begins, which may repeat the end of the one before, as after a crash. */
void journal_check_file(struct journal_check *c);
/* The line without its newline; has_end: it had one. */
void journal_check_line(struct journal_check *c, const char *line, size_t len, bool has_end);
/* All lines were given. */
const struct journal_found *journal_check_end(struct journal_check *c);
void journal_check_free(struct journal_check *c);

struct journal_range {
    int64_t first, last;
};
/* The ranges (struct journal_range) in a text like "5-9 12", ascending; NULL: it is none.  Caller
 * unrefs. */
GArray *journal_ranges_read(const char *text);
/* The text of ascending seqs (int64_t); caller frees. */
char *journal_ranges_write(const GArray *seqs);

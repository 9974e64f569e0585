/*
 * delivery_record - a record as one line of JSON, and its place in the chain.
 *
 * Members in the order of the design, absent ones left out, no blanks, text escaped to ASCII so
 * that no byte of a peer reaches a terminal raw (an invalid byte becomes U+FFFD).  time and due are
 * RFC 3339 in UTC with milliseconds; prev is always there, "" in the first record of a chain.  A
 * line that was parsed is written again the same.
 *
 * Three SHA-256, all as 64 lower-case hex digits:
 *   personal  of the line of recipient, endpoint, reply and salt alone
 *   content   of the line without those four, prev and hash, but with personal
 *   hash      of prev and content, one after the other
 * so that the chain can be followed by anybody who has only contents, and holds when the personal
 * members are erased.  A record with neither salt nor personal is of the old form: its hash is of
 * the line without hash.
 */
#pragma once
#include "model/record.h"

/* The line (with prev and hash, no newline); caller frees. */
char *delivery_record_line(const struct record *r);
/* Sets salt where it has none, prev and hash: prev_hash is the hash of seq - 1, or "" before the
 * first. */
void delivery_record_seal(struct record *r, const char *prev_hash);
/* Is hash that of the record, and is nothing personal beside the commitment of an erased one? */
bool delivery_record_holds(const struct record *r);
bool delivery_record_is_old(const struct record *r);   /* the old form */
char *delivery_record_content(const struct record *r); /* caller frees */
/* The hash of a record with that content of 64 digits; prev as in the record; out has room for
 * RECORD_HASH_LEN + 1. */
void delivery_record_chain(const char *prev, const char *content, char *out);
/* What signature is of: the line without signature, salt, personal members and hash, with prev.
 * Caller frees. */
char *delivery_record_signed_text(const struct record *r);
/* Takes the personal members and the salt away; the hash is that of the record as before.  One of
 * the old form is left as it is: false. */
bool delivery_record_erase(struct record *r);
/* NULL when the line is not a record; *why is static. */
struct record *delivery_record_parse(const char *line, const char **why);

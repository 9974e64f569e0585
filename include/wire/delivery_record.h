/*
 * delivery_record - a record as one line of JSON, and its place in the chain.
 *
 * Members in the order of the design, absent ones left out, no blanks, text escaped to ASCII so
 * that no byte of a peer reaches a terminal raw (an invalid byte becomes U+FFFD).  time and due are
 * RFC 3339 in UTC with milliseconds; prev is always there, "" in the first record of a chain. hash
 * is over the line without its hash member.  A line that was parsed is written again the same.
 */
#pragma once
#include "model/record.h"

/* The line (with prev and hash, no newline); caller frees. */
char *delivery_record_line(const struct record *r);
/* Sets prev and hash: prev_hash is the hash of seq - 1, or "" before the first. */
void delivery_record_seal(struct record *r, const char *prev_hash);
/* NULL when the line is not a record; *why is static. */
struct record *delivery_record_parse(const char *line, const char **why);

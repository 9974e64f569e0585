/*
 * roster_values - what a single value of the roster looks like.
 *
 * Pure predicates on non-empty text; none looks at another field or at the directory.
 */
#pragma once
#include <stdbool.h>

bool roster_value_is_id(const char *s);       /* [a-z0-9-]{2,64} */
bool roster_value_is_country(const char *s);  /* two capital letters */
bool roster_value_is_kind(const char *s);     /* one of mission_kinds */
bool roster_value_is_zip(const char *s);      /* NNNNN or NNNNN-NNNN */
bool roster_value_is_latitude(const char *s); /* decimal degrees, no exponent */
bool roster_value_is_longitude(const char *s);
bool roster_value_is_counties(
    const char *s); /* five digits, or several such with one blank between */
bool roster_value_is_language(const char *s); /* as language_canonical() spells it */
bool roster_value_is_mailbox(const char *s);
bool roster_value_is_phone(const char *s); /* 7 to 15 digits, '+' first, blanks . - ( ) between */
bool roster_value_is_webhook(const char *s);
bool roster_value_is_date(const char *s); /* YYYY-MM-DD that exists */

int roster_value_index(const char *const *names, const char *s); /* -1: not one of them */
bool roster_value_rank(const char *s, unsigned *rank);           /* 1..99, no leading zero */
const char *roster_value_rank_text(unsigned rank);               /* static */

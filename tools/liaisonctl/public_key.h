/* public_key - the public key that a person gives: itself, or a file that holds it. */
#pragma once
#include "command.h"

/* text NULL: none was given and *out is NULL.  False: it is none, which was said; *result is set.
 * Caller frees. */
bool public_key_given(const char *text, char **out, int *result);

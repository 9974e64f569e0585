/*
 * cap_codes - every reason that cap_read and cap_to_broadcast give, as liaisond(8) lists them.
 *
 * Stable: what is here keeps its meaning.  Sorted by code.  A code may be an error at one place and
 * a warning at another (missing-element is a warning in CAP 1.0, where the standard was laxer).
 */
#pragma once
#include <glib.h>

struct cap_code {
    const char *code, *meaning;
};

extern const struct cap_code cap_codes[];       /* ended by NULL */
const char *cap_code_meaning(const char *code); /* NULL: not one of them */

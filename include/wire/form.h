/*
 * form - the fields of a posted form (application/x-www-form-urlencoded), read strictly.
 *
 * Pure.  Only the named fields, each at most once; values are whole UTF-8 of at most max_bytes
 * without controls but line ends, which become \n.  Every fault at once, placed "/field"; codes:
 * bad-encoding unknown-field given-twice too-long control-character.
 */
#pragma once
#include "model/faults.h"
#include <stdbool.h>
#include <stddef.h>

#define FORM_MAX_FIELDS 24

struct form {
    const char *const *names;      /* borrowed, NULL-terminated, at most FORM_MAX_FIELDS */
    char *values[FORM_MAX_FIELDS]; /* by place in names; NULL: not given; owned */
};

/* False when f received an error; *out is to be cleared in any case. */
bool form_read(struct form *out, const char *text, size_t len, const char *const *names,
               size_t max_bytes, struct faults *f);
const char *form_value(const struct form *form, const char *name); /* "" : not given */
void form_clear(struct form *form);

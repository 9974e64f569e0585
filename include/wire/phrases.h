/*
 * phrases - the fixed sentences of one language, with {holes} for names and times.
 *
 * An object of strings.  The keys that the program itself uses, and the holes each may have, are a
 * table in phrases.c; further keys are for the templates and have no holes.
 */
#pragma once
#include "model/faults.h"
#include <glib.h>
#include <jansson.h>

/* The phrase, never NULL; owned by phrases. */
const char *phrases_get(const json_t *phrases, const char *key);
/* With its holes filled: pairs of hole and value, then NULL.  Values are not searched for holes. */
char *phrases_fill(const json_t *phrases, const char *key, ...) G_GNUC_NULL_TERMINATED;
/* The phrase "<prefix>_<word>". */
const char *phrases_for(const json_t *phrases, const char *prefix, const char *word);

/* Complaints about one language's file.  reference is English (or phrases itself). */
void phrases_check(const json_t *phrases, const json_t *reference, const char *file,
                   struct faults *f);

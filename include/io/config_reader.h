/*
 * config_reader - libconfig trees read so that every complaint says file, line, path, value and
 * what would be right.
 *
 * Texts are borrowed from the tree.  A getter that returns NULL or false has added a fault.
 * Integers may be written with or without L; a number may be written as an integer; nothing else is
 * converted. Texts with control characters or broken UTF-8 are refused.
 */
#pragma once
#include "model/faults.h"
#include <libconfig.h>
#include <stddef.h>
#include <stdint.h>

/* Reads file into *tree, which the caller has not initialised and always destroys.  False: with
 * faults (unreadable, or the first syntax error). */
bool config_reader_open(config_t *tree, const char *file, struct faults *f);

char *
config_reader_path(const config_setting_t *s); /* "smtp.port", "offices[3].tz"; caller frees */
char *config_reader_place(const config_setting_t *s); /* "file:line: path"; caller frees */

const char *config_reader_text(const config_setting_t *s, size_t max_bytes, struct faults *f);
bool config_reader_integer(const config_setting_t *s, int64_t min, int64_t max, const char *unit,
                           int64_t *out, struct faults *f);
bool config_reader_bool(const config_setting_t *s, bool *out, struct faults *f);
/* The index of the text of s in choices (case does not matter), or -1 with a fault. */
int config_reader_choice(const config_setting_t *s, const char *const *choices, struct faults *f);
/* The fault that text is none of them. */
void config_reader_not_one_of(const config_setting_t *s, const char *text,
                              const char *const *choices, struct faults *f);
bool config_reader_list(const config_setting_t *s, struct faults *f); /* an array or a list */
/* The element of a list, or NULL with a fault where it is no group. */
const config_setting_t *config_reader_group_at(const config_setting_t *list, int i,
                                               struct faults *f);

/* s has a name that is none of known (NULL-terminated); rather is used where nothing known is
 * close. */
void config_reader_unknown(const config_setting_t *s, const char *const *known, const char *rather,
                           struct faults *f);

enum config_field_type {
    CONFIG_FIELD_TEXT,    /* char *, owned; "" when absent */
    CONFIG_FIELD_DEGREES, /* double, between -limit and limit */
    CONFIG_FIELD_INTEGER, /* int, from 1 to limit */
    CONFIG_FIELD_BOOL,    /* bool */
    CONFIG_FIELD_OTHER    /* known, but read by the caller */
};

struct config_field { /* of a record in a data file; a table of them ends with name NULL */
    const char *name;
    enum config_field_type type;
    size_t offset;
    bool required;
    const char *(*check)(
        const char *text); /* as in struct config_key; only of texts that are not "" */
    int limit;
};

/* Fills the members of *record; everything unknown, missing or wrong in the group becomes a fault.
 */
void config_reader_fields(const config_setting_t *group, const struct config_field *fields,
                          void *record, struct faults *f);

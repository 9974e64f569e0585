/*
 * config_keys - the table of every configuration key.
 *
 * A new key is one row here, one member in struct config, one paragraph in liaisond.conf.5 and one
 * commented line in conf/liaisond.conf; tools/check-source compares them.
 */
#pragma once
#include "io/config.h"
#include <stddef.h>

enum config_type {                  /* member of struct config */
                   CONFIG_STRING,   /* char *; one of choices where there are any */
                   CONFIG_INT,      /* int */
                   CONFIG_INT64,    /* int64_t */
                   CONFIG_BOOL,     /* bool */
                   CONFIG_CHOICE,   /* int: index in choices */
                   CONFIG_PATH,     /* char *, absolute or "" */
                   CONFIG_STRINGS,  /* GPtrArray of char * */
                   CONFIG_SCHEDULE, /* struct retry_policy */
                   CONFIG_GRANTS    /* GPtrArray of struct config_grant * */
};

struct config_key {
    const char *name; /* "smtp.port" */
    enum config_type type;
    const char *unit;     /* "s", "ms", "bytes", "" */
    int64_t min, max;     /* numbers: range; strings: bytes; lists: elements */
    const char *fallback; /* default, as text; lists: "" */
    bool reload;          /* taken by a reload; else needs a restart */
    size_t offset;        /* of the member in struct config */
    const char *const *choices;
    const char *(*check)(const char *text); /* of texts and of elements of a list, not of "":
                                               NULL when good, else what would be right */
    const char *says;                       /* one sentence */
};

extern const struct config_key config_keys[]; /* ends with name NULL */

const struct config_key *config_keys_find(const char *name); /* NULL: none */

/*
 * config_keys - the table of every configuration key.
 *
 * A new key is one row here, one member in struct config, one paragraph in liaisond.conf.5 and one
 * commented line in conf/liaisond.conf; tools/check-source compares them.
 */
#pragma once
#include "io/config.h"
#include <stddef.h>

enum config_type { CONFIG_STRING, CONFIG_INT, CONFIG_INT64, CONFIG_BOOL, CONFIG_CHOICE, CONFIG_PATH, CONFIG_STRINGS, CONFIG_SCHEDULE };

struct config_key {
    const char *name;       /* "smtp.port" */
    enum config_type type;
    const char *unit;       /* "s", "ms", "bytes", "" */
    int64_t min, max;       /* numbers: range; strings: length */
    const char *fallback;   /* default, as text */
    bool reload;            /* taken by a reload; else needs a restart */
    size_t offset;          /* of the member in struct config */
    const char *const *choices;
    const char *(*check)(const char *text); /* NULL, or: NULL when good, else what would be right */
    const char *says;       /* one sentence */
};

extern const struct config_key config_keys[]; /* ends with name NULL */

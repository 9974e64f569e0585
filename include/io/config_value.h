/*
 * config_value - one key's value in a struct config: set, compared and freed by its row of the
 * table.
 */
#pragma once
#include "io/config_keys.h"
#include <libconfig.h>

void config_value_default(const struct config_key *k, struct config *c);
/* From the file; relative paths count from folder.  A value that is wrong leaves the default and
 * adds a fault. */
void config_value_read(const struct config_key *k, const config_setting_t *s, const char *folder,
                       struct config *c, struct faults *f);
bool config_value_equal(const struct config_key *k, const struct config *a, const struct config *b);
/* Both then have the value of from, which stays as it is. */
void config_value_copy(const struct config_key *k, const struct config *from, struct config *to);
void config_value_clear(const struct config_key *k, struct config *c);

/* The absolute form of a path as it stands in a file; "" and credentials that cannot be resolved
 * stay. Caller frees. */
char *config_value_path(const char *text, const char *folder);

/*
 * config_scan - what libconfig would swallow in silence, found in the text of a file and its
 * includes.
 *
 * libconfig 1.5 wraps an integer beyond 32 bits that has no L, cuts a string at \x00, and would
 * read a device named by @include for ever.  The scan runs before it does and reports the first two
 * with "file:line: path" (codes "integer-too-big" and "control-character"). False: libconfig must
 * not be given the file (unreadable, no plain file, too large, NUL bytes, a text without an
 * end, too many includes), with
 * a fault that says so.
 */
#pragma once
#include "model/faults.h"

#define CONFIG_SCAN_MAX_BYTES (8 * 1024 * 1024) /* of one file */
#define CONFIG_SCAN_MAX_FILES 64

/* include_dir: the folder that @include counts from, NULL: the working directory. */
bool config_scan(const char *file, const char *include_dir, struct faults *f);

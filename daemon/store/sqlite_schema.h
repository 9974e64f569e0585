/*
 * sqlite_schema - the numbered steps from an empty file to today's tables.
 *
 * Private to this folder.  A released step is never edited; a change is a new step at the end.
 */
#pragma once
#include <stddef.h>

#define SQLITE_APPLICATION_ID 0x4c494149 /* "LIAI" */

extern const char *const sqlite_schema_steps[];
extern const size_t sqlite_schema_count; /* the version after the last step */

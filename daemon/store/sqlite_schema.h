/*
 * sqlite_schema - the numbered steps from an empty file to today's tables.
 *
 * Private to this folder.  A released step is never edited; a change is a new step at the end.
 */
#pragma once
#include <stddef.h>

#define SQLITE_APPLICATION_ID 0x4c494149 /* "LIAI" */

/* When something is due for a pending broadcast: the reminder at half time, then its end.  A part
 * of an index, so it is as fixed as a step; a query must spell it in the same way. */
#define SQLITE_PENDING_DUE                                                                         \
    "CASE reminded WHEN 0 THEN received_ms + (approve_by_ms - received_ms) / 2"                    \
    " ELSE approve_by_ms END"

extern const char *const sqlite_schema_steps[];
extern const size_t sqlite_schema_count; /* the version after the last step */

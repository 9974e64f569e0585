/*
 * inspect - what a person is told of a store that no daemon uses, before it is trusted.
 */
#pragma once
#include <stdbool.h>

/* path: a state folder, or a store's file.  The report, several lines; caller frees.  *good:
 * nothing is wrong with it. */
char *inspect_store(const char *path, bool *good);

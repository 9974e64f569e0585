/*
 * id - identifiers: UUIDv7 (RFC 9562, 5.7), ordered by time of creation.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define ID_LEN 36 /* characters of the canonical lower-case form, without NUL */

/* A new id for the instant now_ms; ids made by one process never go backwards.  Caller frees.
 * Aborts if the operating system has no randomness. */
char *id_new(int64_t now_ms);
bool id_is_valid(const char *s);

/*
 * media - which form a broadcast comes in, and in which it is asked for.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#define MEDIA_FORM "application/x-www-form-urlencoded"

/* PREVIEW_JSON or PREVIEW_CAP by a Content-Type, NULL: neither.  XML of any kind is CAP; its own
 * declaration says how it is encoded. */
const char *media_of_broadcast(const char *content_type /* NULL: not given */);
/* NULL: a body of that type is one that a route of those flags takes, else what to send instead. */
const char *media_wanted(unsigned route_flags, const char *content_type, bool has_body);
/* The place in types (NULL-terminated) of the one that an Accept header asks for most; the first
 * where it asks for none of them, or for several alike. */
size_t media_choose(const char *accept /* NULL: not given */, const char *const *types);
/* Does an Accept header ask for CAP rather than for JSON? */
bool media_wants_cap(const char *accept /* NULL: not given */);

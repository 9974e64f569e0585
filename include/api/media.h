/*
 * media - which form a broadcast comes in, and in which it is asked for.
 */
#pragma once
#include <stdbool.h>

/* PREVIEW_JSON or PREVIEW_CAP by a Content-Type, NULL: neither.  XML of any kind is CAP; its own
 * declaration says how it is encoded. */
const char *media_of_broadcast(const char *content_type /* NULL: not given */);
bool media_is_json(const char *content_type);
/* Does an Accept header ask for CAP rather than for JSON? */
bool media_wants_cap(const char *accept /* NULL: not given */);

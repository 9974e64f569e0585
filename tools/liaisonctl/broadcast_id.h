/*
 * broadcast_id - which broadcast is meant: by its ID, or by what its publisher called it.
 */
#pragma once
#include "command.h"

/* The ID: given as it is, or looked up where it is no ID.  NULL: complained (there is none, or
 * there are several, which are named).  Caller frees. */
char *broadcast_id(struct session *s, const char *given);
/* "/v1/broadcasts/" + that ID + tail; NULL likewise. */
char *broadcast_path(struct session *s, const char *given, const char *tail);

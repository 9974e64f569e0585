/*
 * api_token - the bearer token, from a file and never from the command line.
 */
#pragma once
#include <glib.h>

/* file NULL: $LIAISOND_TOKEN_FILE.  NULL without error: there is none.  api_token_free wipes it. */
char *api_token_read(const char *file, GError **error);
void api_token_free(char *token);

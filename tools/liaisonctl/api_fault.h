/*
 * api_fault - why no answer came, as a sentence that says what to do.
 */
#pragma once
#include <glib.h>

/* code is a CURLcode; socket NULL: TCP; text is curl's own explanation. */
void api_fault_set(GError **error, int code, int system_error, const char *server,
                   const char *socket, const char *text);

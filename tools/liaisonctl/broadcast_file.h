/*
 * broadcast_file - the file of a broadcast, and the preview that the server gives of it.
 */
#pragma once
#include "command.h"

#define BROADCAST_FILE_MAX (5u * 1024 * 1024) /* the server takes no more */

/* NULL: complained. */
GString *broadcast_file_read(const char *file);
/* Its media type by how it begins: CAP is XML. */
const char *broadcast_file_type(const GString *body);
/* at NULL: now.  NULL: complained. */
struct api_answer *broadcast_file_preview(struct session *s, const GString *body, const char *at);

/*
 * append_tail - the end of a file of lines: where it is, what stands there.
 *
 * Works backwards from the end in blocks, so the size of the file does not matter.
 */
#pragma once
#include <glib.h>
#include <sys/types.h>

/* Bytes up to and including the last newline before end; 0: none; -1 with error. */
off_t append_tail_lines_end(int fd, off_t end, const char *path, GError **error);
/* Cuts off what follows the last newline of a regular file. */
gboolean append_tail_cut(int fd, const char *path, GError **error);

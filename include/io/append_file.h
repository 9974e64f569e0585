/*
 * append_file - a file that only grows, written by its own thread so that a slow disk delays
 * nobody.
 *
 * append_file_write() never blocks: it takes the text or, when APPEND_FILE_MAX_QUEUED bytes wait or
 * the last write failed, returns false and the caller comes again later (on_ready says when).  What
 * was taken is kept and tried again every second.  A partly written line is completed, or cut off
 * before the next one is written; one that a crash left behind is cut off when the file is opened.
 * on_ready runs on the loop thread after a failure or a full queue has passed.
 * Failures and recoveries are logged once each: append_file.failed, append_file.resumed.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

#define APPEND_FILE_MAX_QUEUED (4 * 1024 * 1024)
#define APPEND_FILE_MAX_LINE (8 * 1024 * 1024) /* how far back a line end is looked for */

struct loop;
struct append_file;

struct append_file *append_file_open(struct loop *l, const char *path, void (*on_ready)(void *ctx),
                                     void *ctx, GError **error);
bool append_file_write(struct append_file *a, const char *text, gsize len); /* whole lines */
bool append_file_drained(struct append_file *a);    /* all that was taken is in the file */
bool append_file_has_failed(struct append_file *a); /* and is tried again until on_ready */
void append_file_reopen(struct append_file *a);     /* after a rotation by rename */
/* The last whole line of the file, without newline; NULL: none, or no file.  For catching up.
 * Caller frees. */
char *append_file_last_line(const char *path, GError **error);
void append_file_close(struct append_file *a); /* writes what is queued, at most 2 s */

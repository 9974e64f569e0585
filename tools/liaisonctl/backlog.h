/*
 * backlog - the last records that pass the filters, out of a log that is only read forwards.
 *
 * seq has no gap, so the end of the log is found by halving, and the last N matching records by
 * windows that reach back further and further.  Memory is bounded by N; BACKLOG_ALL passes rows on
 * as they come.
 */
#pragma once
#include "command.h"

#define BACKLOG_ALL G_MAXINT

typedef void backlog_row_fn(const json_t *row, void *ctx);

/* Rows ascending; *last is the log's last seq (0: empty), from which a follower goes on.  False:
 * complained.  filters is "" or "?…&…". */
bool backlog_read(struct session *s, const char *filters, int count, backlog_row_fn *on_row,
                  void *ctx, gint64 *last);

/*
 * log - one line per event on standard error: an event name, ids and a reason.
 *
 *   2026-11-23T14:30:00.123Z info notification.deferred id=… reason="451 try later"
 *
 * Values are escaped (text.h), quoted where they hold blanks, quotes, = or \.  Under systemd
 * (JOURNAL_STREAM set) the time is left out and the level becomes a <N> prefix.  Any thread.
 *
 * A line is cut at 4 KiB.  Writing never waits.  What standard error does not take at once is kept
 * if it is a warning or an error, up to 256 lines, and goes ahead of the next line or with
 * log_flush(); the rest is dropped, and log.dropped says how many.
 *
 *   log_event(LOG_LEVEL_WARN, "store.full", LOG_STR("path", p), LOG_INT("free_bytes", n));
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

struct log_field {
    const char *key;  /* NULL ends the list */
    const char *text; /* NULL: number is the value */
    int64_t number;
};
/* clang-format off */
#define LOG_STR(k, v) { (k), (v) ? (v) : "", 0 }
#define LOG_INT(k, v) { (k), NULL, (v) }
#define log_event(level, event, ...) \
    log_write((level), (event), \
              (const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ) { NULL, NULL, 0 } })
/* clang-format on */

void log_write(enum log_level level, const char *event, const struct log_field *fields);
void log_flush(void); /* what is kept, as far as it is taken; for whoever has time every second */
void log_set_level(enum log_level level); /* least level written; INFO at start */
bool log_writes(enum log_level level);    /* for who has much to prepare for a line */

/* Tests: lines go to sink instead of standard error; NULL undoes it. */
void log_set_sink(void (*sink)(const char *line, void *ctx), void *ctx);

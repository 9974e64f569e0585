/*
 * monitor - a lock and the condition it guards, with waits on the monotonic clock.
 *
 * POSIX's own and not GLib's, because the thread sanitizer cannot see into GLib's.
 * Instants are microseconds of g_get_monotonic_time().
 */
#pragma once
#include <glib.h>
#include <pthread.h>
#include <stdbool.h>

struct monitor {
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

void monitor_init(struct monitor *m);
void monitor_clear(struct monitor *m);
void monitor_enter(struct monitor *m);
void monitor_leave(struct monitor *m);
void monitor_wait(struct monitor *m);                        /* entered; may return for no reason */
bool monitor_wait_until(struct monitor *m, gint64 until_us); /* false: until_us has come */
void monitor_wake_one(struct monitor *m);
void monitor_wake_all(struct monitor *m);

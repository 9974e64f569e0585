#include "io/monitor.h"

#include <errno.h>
#include <time.h>

void monitor_init(struct monitor *m)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void monitor_clear(struct monitor *m)
{
    pthread_cond_destroy(&m->changed);
    pthread_mutex_destroy(&m->lock);
}

void monitor_enter(struct monitor *m)
{
    pthread_mutex_lock(&m->lock);
}

void monitor_leave(struct monitor *m)
{
    pthread_mutex_unlock(&m->lock);
}

void monitor_wait(struct monitor *m)
{
    pthread_cond_wait(&m->changed, &m->lock);
}

bool monitor_wait_until(struct monitor *m, gint64 until_us)
{
    struct timespec at = { .tv_sec = until_us / G_USEC_PER_SEC,
                           .tv_nsec = until_us % G_USEC_PER_SEC * 1000 };
    return pthread_cond_timedwait(&m->changed, &m->lock, &at) != ETIMEDOUT;
}

void monitor_wake_one(struct monitor *m)
{
    pthread_cond_signal(&m->changed);
}

void monitor_wake_all(struct monitor *m)
{
    pthread_cond_broadcast(&m->changed);
}

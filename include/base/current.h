/*
 * current - a value that is replaced as a whole, while other threads may just be using it.
 *
 * Any thread, at any time: whoever uses the value holds what is current then, and releases it in
 * the end.  What was replaced is freed by whoever releases it last.  The value itself is not
 * guarded.
 */
#pragma once
#include <glib.h>
#include <pthread.h>

struct current_value { /* first member of the value's own struct */
    gint refs;         /* atomic; 1 when it is handed over */
    GDestroyNotify free;
};

struct current {
    pthread_mutex_t lock;      /* not GLib's, which the thread sanitizer cannot see into */
    struct current_value *now; /* one reference; under the lock */
};

void current_init(struct current *c, void *first /* taken */);
void current_clear(struct current *c); /* what was held may still be released */
void current_replace(struct current *c, void *next /* taken */);
void *current_hold(struct current *c);
void current_release(void *value);

#include "base/current.h"

void current_init(struct current *c, void *first)
{
    pthread_mutex_init(&c->lock, NULL);
    c->now = first;
}

void current_clear(struct current *c)
{
    current_release(c->now);
    pthread_mutex_destroy(&c->lock);
}

void current_replace(struct current *c, void *next)
{
    pthread_mutex_lock(&c->lock);
    struct current_value *old = c->now;
    c->now = next;
    pthread_mutex_unlock(&c->lock);
    current_release(old);
}

void *current_hold(struct current *c)
{
    pthread_mutex_lock(&c->lock);
    struct current_value *v = c->now;
    g_atomic_int_inc(&v->refs);
    pthread_mutex_unlock(&c->lock);
    return v;
}

void current_release(void *value)
{
    struct current_value *v = value;
    if (g_atomic_int_dec_and_test(&v->refs))
        v->free(v);
}

#include "base/mailbox.h"
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Invariant, kept under the lock: the eventfd counts 1 while messages wait and 0 while none do.
 * So a wakeup is neither lost nor left over, whichever way messages are taken.  A reader that never
 * asks for it has none. */
struct mailbox {
    pthread_mutex_t lock; /* not a GMutex: the thread sanitizer cannot see into GLib */
    pthread_cond_t filled;
    GQueue messages; /* owned */
    GDestroyNotify free_message;
    int fd; /* -1: nobody has asked for it */
};

struct mailbox *mailbox_new(GDestroyNotify free_message)
{
    struct mailbox *m = g_new0(struct mailbox, 1);
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->filled, NULL);
    g_queue_init(&m->messages);
    m->free_message = free_message;
    m->fd = -1;
    return m;
}

void mailbox_free(struct mailbox *m)
{
    if (!m)
        return;
    gpointer message;
    while ((message = g_queue_pop_head(&m->messages)) != NULL)
        if (m->free_message)
            m->free_message(message);
    if (m->fd >= 0)
        close(m->fd);
    pthread_cond_destroy(&m->filled);
    pthread_mutex_destroy(&m->lock);
    g_free(m);
}

static void raise_fd(struct mailbox *m)
{
    uint64_t one = 1;
    ssize_t n;
    do
        n = write(m->fd, &one, sizeof one);
    while (n < 0 && errno == EINTR);
    g_assert(n == sizeof one);
}

static void drain_fd(struct mailbox *m)
{
    uint64_t count;
    ssize_t n;
    do
        n = read(m->fd, &count, sizeof count);
    while (n < 0 && errno == EINTR);
    g_assert(n == sizeof count);
}

void mailbox_post(struct mailbox *m, gpointer message)
{
    g_assert(message);
    pthread_mutex_lock(&m->lock);
    if (m->fd >= 0 && g_queue_is_empty(&m->messages))
        raise_fd(m);
    g_queue_push_tail(&m->messages, message);
    pthread_cond_signal(&m->filled);
    pthread_mutex_unlock(&m->lock);
}

static void open_fd(struct mailbox *m)
{
    m->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (m->fd < 0)
        g_error("eventfd for a mailbox: %s", g_strerror(errno));
    if (!g_queue_is_empty(&m->messages))
        raise_fd(m);
}

int mailbox_fd(struct mailbox *m)
{
    pthread_mutex_lock(&m->lock);
    if (m->fd < 0)
        open_fd(m);
    int fd = m->fd;
    pthread_mutex_unlock(&m->lock);
    return fd;
}

static gpointer pop(struct mailbox *m)
{
    gpointer message = g_queue_pop_head(&m->messages);
    if (message && m->fd >= 0 && g_queue_is_empty(&m->messages))
        drain_fd(m);
    return message;
}

gpointer mailbox_try_take(struct mailbox *m)
{
    pthread_mutex_lock(&m->lock);
    gpointer message = pop(m);
    pthread_mutex_unlock(&m->lock);
    return message;
}

gpointer mailbox_take(struct mailbox *m)
{
    pthread_mutex_lock(&m->lock);
    while (g_queue_is_empty(&m->messages))
        pthread_cond_wait(&m->filled, &m->lock);
    gpointer message = pop(m);
    pthread_mutex_unlock(&m->lock);
    return message;
}

guint mailbox_length(struct mailbox *m)
{
    pthread_mutex_lock(&m->lock);
    guint n = g_queue_get_length(&m->messages);
    pthread_mutex_unlock(&m->lock);
    return n;
}

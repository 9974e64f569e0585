#include "io/append_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mailbox.h"
#include "io/append_tail.h"
#include "io/loop.h"
#include "io/monitor.h"

#define RETRY_US G_USEC_PER_SEC
#define CLOSE_US (2 * G_USEC_PER_SEC)

struct append_file {
    char *path;
    /* Of the loop thread. */
    void (*on_ready)(void *ctx);
    void *ctx;
    struct loop_watch *watch;
    GThread *thread;

    struct monitor m; /* guards what follows */
    GString *queued;
    gsize writing;         /* bytes the thread has taken and not finished */
    struct mailbox *ready; /* any message: call on_ready; NULL once closed */
    bool failed, full, reopen, closing, tried_last, ended;
    bool abandoned; /* the thread did not end in time and frees everything when it does */

    /* Of the thread. */
    int fd;
    GString *batch;
    gsize written; /* bytes of batch that are in the file */
};

static int open_file(const char *path, GError **error)
{
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    if (fd < 0) {
        int e = errno;
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(e), "open %s: %s", path,
                    g_strerror(e));
        return -1;
    }
    if (!append_tail_cut(fd, path, error)) {
        close(fd);
        return -1;
    }
    return fd;
}

static void destroy(struct append_file *a)
{
    if (a->fd >= 0) {
        close(a->fd);
    }
    g_string_free(a->queued, TRUE);
    g_string_free(a->batch, TRUE);
    monitor_clear(&a->m);
    g_free(a->path);
    g_free(a);
}

/* The line that is half in the old file is cut off there and goes whole to the new one. */
static bool switch_file(struct append_file *a, GError **error)
{
    if (a->fd >= 0) {
        const char *end = a->written ? memrchr(a->batch->str, '\n', a->written) : NULL;
        gsize line_start = end ? (gsize)(end - a->batch->str) + 1 : 0;
        if (line_start < a->written) {
            append_tail_cut(a->fd, a->path, NULL); /* best effort: the disk may be the reason */
            a->written = line_start;
        }
        close(a->fd);
    }
    a->fd = open_file(a->path, error);
    return a->fd >= 0;
}

static bool write_batch(struct append_file *a, GError **error)
{
    while (a->written < a->batch->len) {
        ssize_t n = write(a->fd, a->batch->str + a->written, a->batch->len - a->written);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            int e = errno;
            g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(e), "write %s: %s", a->path,
                        g_strerror(e));
            return false;
        }
        a->written += (gsize)n;
    }
    g_string_truncate(a->batch, 0);
    a->written = 0;
    return true;
}

/* Entered. */
static void settle(struct append_file *a, bool ok, const char *reason)
{
    bool tell = (ok && a->failed) || a->full;
    if (ok && a->failed) {
        log_event(LOG_LEVEL_INFO, "append_file.resumed", LOG_STR("path", a->path));
    } else if (!ok && !a->failed) {
        log_event(LOG_LEVEL_WARN, "append_file.failed", LOG_STR("reason", reason));
    }
    a->failed = !ok;
    if (ok) {
        a->writing = 0;
        a->full = false;
        if (tell && a->ready) {
            mailbox_post(a->ready, a);
        }
    }
}

/* Entered.  False: closing, and nothing left to do, or a last try has failed. */
static bool wait_for_work(struct append_file *a)
{
    gint64 retry_at = g_get_monotonic_time() + RETRY_US;
    while (a->failed && !a->reopen && !a->closing && monitor_wait_until(&a->m, retry_at)) {
    }
    while (!a->failed && !a->reopen && !a->closing && a->queued->len == 0) {
        monitor_wait(&a->m);
    }
    if (!a->closing) {
        return true;
    }
    bool work = a->queued->len > 0 || a->reopen || a->failed;
    bool try = work && !(a->failed && a->tried_last);
    a->tried_last = a->failed;
    return try;
}

static gpointer writer(gpointer data)
{
    struct append_file *a = data;
    monitor_enter(&a->m);
    while (wait_for_work(a)) {
        bool reopen = a->reopen;
        a->reopen = false;
        if (a->batch->len == 0) { /* else the rest of a failed one */
            GString *empty = a->batch;
            a->batch = a->queued;
            a->queued = empty;
            a->writing = a->batch->len;
        }
        monitor_leave(&a->m);
        g_autoptr(GError) error = NULL;
        bool ok = (a->fd >= 0 && !reopen) || switch_file(a, &error);
        ok = ok && write_batch(a, &error);
        monitor_enter(&a->m);
        settle(a, ok, error ? error->message : NULL);
    }
    a->ended = true;
    bool abandoned = a->abandoned;
    monitor_wake_all(&a->m);
    monitor_leave(&a->m);
    if (abandoned) {
        destroy(a);
    }
    return NULL;
}

static void on_message(void *message, void *ctx)
{
    (void)message;
    struct append_file *a = ctx;
    a->on_ready(a->ctx);
}

struct append_file *append_file_open(struct loop *l, const char *path, void (*on_ready)(void *ctx),
                                     void *ctx, GError **error)
{
    int fd = open_file(path, error);
    if (fd < 0) {
        return NULL;
    }
    struct append_file *a = g_new0(struct append_file, 1);
    a->path = g_strdup(path);
    a->fd = fd;
    a->on_ready = on_ready;
    a->ctx = ctx;
    a->queued = g_string_new(NULL);
    a->batch = g_string_new(NULL);
    monitor_init(&a->m);
    if (on_ready) {
        a->ready = mailbox_new(NULL);
        a->watch = loop_watch_mailbox(l, a->ready, on_message, NULL, a);
    }
    a->thread = g_thread_new("append-file", writer, a);
    return a;
}

bool append_file_write(struct append_file *a, const char *text, gsize len)
{
    monitor_enter(&a->m);
    gsize waiting = a->queued->len + a->writing;
    bool taken = !a->failed && (waiting == 0 || waiting + len <= APPEND_FILE_MAX_QUEUED);
    if (taken) {
        g_string_append_len(a->queued, text, (gssize)len);
        monitor_wake_all(&a->m);
    } else if (!a->failed) {
        a->full = true;
    }
    monitor_leave(&a->m);
    return taken;
}

bool append_file_has_failed(struct append_file *a)
{
    monitor_enter(&a->m);
    bool failed = a->failed;
    monitor_leave(&a->m);
    return failed;
}

bool append_file_drained(struct append_file *a)
{
    monitor_enter(&a->m);
    bool drained = !a->failed && !a->reopen && a->queued->len == 0 && a->writing == 0;
    monitor_leave(&a->m);
    return drained;
}

void append_file_reopen(struct append_file *a)
{
    monitor_enter(&a->m);
    a->reopen = true;
    monitor_wake_all(&a->m);
    monitor_leave(&a->m);
}

void append_file_close(struct append_file *a)
{
    if (!a) {
        return;
    }
    loop_unwatch(a->watch);
    gint64 until = g_get_monotonic_time() + CLOSE_US;
    monitor_enter(&a->m);
    struct mailbox *ready = g_steal_pointer(&a->ready);
    a->closing = true;
    monitor_wake_all(&a->m);
    while (!a->ended && monitor_wait_until(&a->m, until)) {
    }
    bool ended = a->ended;
    a->abandoned = !ended;
    GThread *thread = a->thread;
    if (!ended) {
        log_event(LOG_LEVEL_WARN, "append_file.abandoned", LOG_STR("path", a->path));
    }
    monitor_leave(&a->m);
    if (ready) {
        mailbox_free(ready);
    }
    if (ended) {
        g_thread_join(thread);
        destroy(a);
    } else {
        g_thread_unref(thread);
    }
}

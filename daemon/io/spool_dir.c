#include "io/spool_dir.h"

#include "io/loop.h"
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define DURABLE (G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE)

struct spool_dir {
    char *path;
    int notify;
    struct event *event;
    void (*on_name)(const char *name, void *ctx);
    void *ctx;
    int fd;        /* of the file that was read last, so that no other gets its number; -1: none */
    GBytes *bytes; /* what it said; NULL: it could not be read */
};

static void fail(GError **error, const char *what, const char *path)
{
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s %s: %s", what, path,
                g_strerror(errno));
}

static void told(evutil_socket_t fd, short what, void *arg)
{
    struct spool_dir *d = arg;
    _Alignas(struct inotify_event) char buffer[16384];
    ssize_t n;
    bool missed = false;
    (void)what;
    while ((n = read(fd, buffer, sizeof buffer)) > 0) {
        for (const char *at = buffer; at < buffer + n;) {
            const struct inotify_event *e = (const struct inotify_event *)at;
            missed |= (e->mask & IN_Q_OVERFLOW) != 0;
            if (e->len > 0 && e->name[0] != '.')
                d->on_name(e->name, d->ctx);
            at += sizeof *e + e->len;
        }
    }
    if (missed)
        spool_dir_scan(d);
}

static bool make_folders(const struct spool_dir *d, GError **error)
{
    for (const char *const *name = (const char *const[]){ "taken", "refused", NULL }; *name;
         name++) {
        g_autofree char *path = g_build_filename(d->path, *name, NULL);
        if (g_mkdir(path, 0750) < 0 && errno != EEXIST) {
            fail(error, "make", path);
            return false;
        }
    }
    return true;
}

struct spool_dir *spool_dir_open(struct loop *l, const char *path,
                                 void (*on_name)(const char *name, void *ctx), void *ctx,
                                 GError **error)
{
    struct spool_dir *d = g_new0(struct spool_dir, 1);
    d->path = g_strdup(path);
    d->fd = -1;
    d->on_name = on_name;
    d->ctx = ctx;
    d->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    bool good = d->notify >= 0 && inotify_add_watch(d->notify, path, IN_MOVED_TO | IN_ONLYDIR) >= 0;
    if (!good)
        fail(error, "watch", path);
    if (!good || !make_folders(d, error)) {
        spool_dir_close(d);
        return NULL;
    }
    d->event = event_new(loop_base(l), d->notify, EV_READ | EV_PERSIST, told, d);
    event_add(d->event, NULL);
    return d;
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

void spool_dir_scan(struct spool_dir *d)
{
    GDir *dir = g_dir_open(d->path, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;
    while (dir && (name = g_dir_read_name(dir)))
        if (name[0] != '.')
            g_ptr_array_add(names, g_strdup(name));
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(names, by_name);
    for (guint i = 0; i < names->len; i++)
        d->on_name(g_ptr_array_index(names, i), d->ctx);
}

static GBytes *read_open(int fd, size_t max_bytes, const char *path, GError **error)
{
    g_autoptr(GByteArray) all = g_byte_array_new();
    guint8 buffer[65536];
    ssize_t n;
    while ((n = read(fd, buffer, sizeof buffer)) > 0) {
        g_byte_array_append(all, buffer, (guint)n);
        if (all->len > max_bytes) {
            g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: larger than %zu bytes", path,
                        max_bytes);
            return NULL;
        }
    }
    if (n < 0) {
        fail(error, "read", path);
        return NULL;
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&all));
}

static void let_go(struct spool_dir *d)
{
    if (d->fd >= 0)
        close(d->fd);
    d->fd = -1;
    g_clear_pointer(&d->bytes, g_bytes_unref);
}

GBytes *spool_dir_read(struct spool_dir *d, const char *name, size_t max_bytes, GError **error)
{
    g_autofree char *path = g_build_filename(d->path, name, NULL);
    struct stat st;
    let_go(d);
    d->fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (d->fd < 0) {
        if (errno != ELOOP && errno != ENOENT)
            fail(error, "open", path);
        return NULL;
    }
    if (fstat(d->fd, &st) == 0 && S_ISREG(st.st_mode))
        d->bytes = read_open(d->fd, max_bytes, path, error);
    return d->bytes ? g_bytes_ref(d->bytes) : NULL;
}

/* A name that nobody has in that folder yet. */
static char *free_name(const struct spool_dir *d, const char *where, const char *name)
{
    g_autofree char *plain = g_build_filename(d->path, where, name, NULL);
    if (!g_file_test(plain, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&plain);
    for (unsigned i = 1;; i++) {
        g_autofree char *numbered = g_strdup_printf("%s.%u", plain, i);
        if (!g_file_test(numbered, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&numbered);
    }
}

static void sync_folder(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

static bool is_what_was_read(const struct spool_dir *d, const char *path)
{
    struct stat is, was;
    return d->fd < 0 || lstat(path, &is) < 0 || fstat(d->fd, &was) < 0 ||
           (is.st_dev == was.st_dev && is.st_ino == was.st_ino);
}

/* A third one may stand there by now: then the second is what was replaced before it was read. */
static bool give_back(const struct spool_dir *d, const char *to, const char *from, GError **error)
{
    if (renameat2(AT_FDCWD, to, AT_FDCWD, from, RENAME_NOREPLACE) < 0) {
        if (errno != EEXIST) {
            fail(error, "move back", to);
            return false;
        }
        g_unlink(to);
    }
    gsize len = 0;
    const char *text = d->bytes ? g_bytes_get_data(d->bytes, &len) : NULL;
    return !d->bytes ||
           g_file_set_contents_full(to, text ? text : "", (gssize)len, DURABLE, 0640, error);
}

bool spool_dir_put_away(struct spool_dir *d, const char *name, const char *where,
                        const char *result, bool *replaced, GError **error)
{
    g_autofree char *from = g_build_filename(d->path, name, NULL);
    g_autofree char *to = free_name(d, where, name);
    g_autofree char *beside = g_strconcat(to, ".result", NULL);
    if (!g_file_set_contents_full(beside, result, -1, DURABLE, 0640, error))
        return false;
    if (rename(from, to) < 0) {
        fail(error, "move", from);
        return false;
    }
    *replaced = !is_what_was_read(d, to);
    if (*replaced && !give_back(d, to, from, error))
        return false;
    sync_folder(to);
    return true;
}

void spool_dir_close(struct spool_dir *d)
{
    let_go(d);
    if (d->event)
        event_free(d->event);
    if (d->notify >= 0)
        close(d->notify);
    g_free(d->path);
    g_free(d);
}

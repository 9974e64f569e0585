#include "maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

struct maildir {
    char *dir;
    uint64_t last;
};

static uint64_t highest(const char *new)
{
    g_autoptr(GDir) d = g_dir_open(new, 0, NULL);
    const char *name;
    uint64_t top = 0;

    while (d && (name = g_dir_read_name(d)))
        top = MAX(top, g_ascii_strtoull(name, NULL, 10));
    return top;
}

struct maildir *maildir_open(const char *dir, GError **err)
{
    static const char *const parts[] = { "cur", "tmp", "new" };
    struct maildir *m;
    g_autofree char *path = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_free(path);
        path = g_build_filename(dir, parts[i], NULL);
        if (g_mkdir_with_parents(path, 0755) != 0) {
            g_set_error(err, G_FILE_ERROR, g_file_error_from_errno(errno), "make maildir %s: %s",
                        path, g_strerror(errno));
            return NULL;
        }
    }
    m = g_new0(struct maildir, 1);
    m->dir = g_strdup(dir);
    m->last = highest(path);
    return m;
}

void maildir_free(struct maildir *m)
{
    if (!m)
        return;
    g_free(m->dir);
    g_free(m);
}

/* Not g_file_set_contents(): that syncs, which would be most of the cost of a mail. */
static int write_file(const char *path, const GString *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    size_t done = 0;

    while (fd >= 0 && done < text->len) {
        ssize_t n = write(fd, text->str + done, text->len - done);

        if (n < 0 && errno != EINTR)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0)
        close(fd);
    return fd >= 0 && done == text->len ? 0 : -1;
}

uint64_t maildir_keep(struct maildir *m, const GString *text)
{
    const uint64_t number = m->last + 1;
    g_autofree char *tmp = g_strdup_printf("%s/tmp/%" G_GUINT64_FORMAT ".eml", m->dir, number);
    g_autofree char *new = g_strdup_printf("%s/new/%" G_GUINT64_FORMAT ".eml", m->dir, number);

    if (write_file(tmp, text) != 0 || g_rename(tmp, new) != 0) {
        g_printerr("liaison-sink: keep mail %s: %s\n", new, g_strerror(errno));
        return 0;
    }
    m->last = number;
    return number;
}

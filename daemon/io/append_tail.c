#include "io/append_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/append_file.h"

#define BLOCK (64 * 1024)

static void set_error(GError **error, const char *verb, const char *path)
{
    int e = errno;
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(e), "%s %s: %s", verb, path,
                g_strerror(e));
}

static gboolean read_at(int fd, char *buf, size_t len, off_t at, const char *path, GError **error)
{
    while (len > 0) {
        ssize_t n = pread(fd, buf, len, at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            errno = n == 0 ? EIO : errno; /* it shrank under us */
            set_error(error, "read", path);
            return FALSE;
        }
        buf += n;
        at += n;
        len -= (size_t)n;
    }
    return TRUE;
}

off_t append_tail_lines_end(int fd, off_t end, const char *path, GError **error)
{
    g_autofree char *buf = g_malloc(BLOCK);
    for (off_t at = end; at > 0;) {
        if (end - at >= APPEND_FILE_MAX_LINE) {
            g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                        "%s: no line ends in its last %d bytes; is it a text file?", path,
                        APPEND_FILE_MAX_LINE);
            return -1;
        }
        size_t len = (size_t)MIN(at, BLOCK);
        at -= (off_t)len;
        if (!read_at(fd, buf, len, at, path, error)) {
            return -1;
        }
        const char *newline = memrchr(buf, '\n', len);
        if (newline) {
            return at + (newline - buf) + 1;
        }
    }
    return 0;
}

gboolean append_tail_cut(int fd, const char *path, GError **error)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        set_error(error, "stat", path);
        return FALSE;
    }
    if (!S_ISREG(st.st_mode)) {
        return TRUE;
    }
    off_t end = append_tail_lines_end(fd, st.st_size, path, error);
    if (end < 0) {
        return FALSE;
    }
    if (end < st.st_size && ftruncate(fd, end) != 0) {
        set_error(error, "truncate", path);
        return FALSE;
    }
    return TRUE;
}

static char *last_line(int fd, const char *path, GError **error)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        set_error(error, "stat", path);
        return NULL;
    }
    off_t end = append_tail_lines_end(fd, st.st_size, path, error);
    if (end <= 0) {
        return NULL;
    }
    off_t start = append_tail_lines_end(fd, end - 1, path, error);
    if (start < 0) {
        return NULL;
    }
    size_t len = (size_t)(end - 1 - start);
    g_autofree char *line = g_malloc(len + 1);
    if (!read_at(fd, line, len, start, path, error)) {
        return NULL;
    }
    line[len] = '\0';
    return g_steal_pointer(&line);
}

char *append_file_last_line(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        if (errno != ENOENT) {
            set_error(error, "open", path);
        }
        return NULL;
    }
    char *line = last_line(fd, path, error);
    close(fd);
    return line;
}

#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static void set_error(GError **error, const char *what, const char *file, int code)
{
    g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(code), "%s %s: %s", what, file,
                g_strerror(code));
}

static bool read_all(int fd, GString *into, const char *file, gsize max_bytes, GError **error)
{
    char part[65536];

    for (;;) {
        ssize_t n = read(fd, part, sizeof part);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            set_error(error, "read", file, errno);
            return false;
        }
        if (n == 0)
            return true;
        if (into->len + (gsize)n > max_bytes) {
            g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                        "read %s: larger than %" G_GSIZE_FORMAT " bytes", file, max_bytes);
            return false;
        }
        g_string_append_len(into, part, n);
    }
}

GString *input_read(const char *file, gsize max_bytes, GError **error)
{
    bool standard = strcmp(file, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        set_error(error, "open", file, errno);
        return NULL;
    }
    GString *into = g_string_new(NULL);
    bool fine = read_all(fd, into, standard ? "standard input" : file, max_bytes, error);
    if (!standard)
        close(fd);
    if (fine)
        return into;
    g_string_free(into, TRUE);
    return NULL;
}

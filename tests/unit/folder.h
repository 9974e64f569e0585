/*
 * folder - removes a folder of a test's own with all that is in it.
 */
#pragma once
#include <glib/gstdio.h>

static inline void folder_remove(const char *path)
{
    GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *inside = g_build_filename(path, name, NULL);
        folder_remove(inside);
    }
    g_clear_pointer(&dir, g_dir_close);
    g_remove(path);
}

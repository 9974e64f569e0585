/*
 * golden - texts that are compared whole with a file that somebody has read.
 *
 * LIAISOND_UPDATE_GOLDEN=1 writes the files instead, to be read before they are committed.
 */
#pragma once
#include <glib.h>

static inline void golden_compare(const char *path, const char *got)
{
    g_autofree char *want = NULL;
    if (g_getenv("LIAISOND_UPDATE_GOLDEN")) {
        assert_true(g_file_set_contents(path, got, -1, NULL));
        return;
    }
    if (!g_file_get_contents(path, &want, NULL, NULL))
        fail_msg("%s is missing", path);
    if (g_str_equal(got, want))
        return;
    size_t same = 0;
    while (got[same] && got[same] == want[same])
        same++;
    fail_msg("%s differs at byte %zu: \"%.60s\"", path, same, got + same);
}
